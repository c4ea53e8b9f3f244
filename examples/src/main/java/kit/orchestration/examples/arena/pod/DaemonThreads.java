package kit.orchestration.examples.arena.pod;

/** Threads that keep no process alive. */
final class DaemonThreads {

    private DaemonThreads() {}

    static void start(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }
}
