package kit.orchestration.controlplane;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of one control plane: etcd's data, keys, logs. In memory if there is room, since etcd waits for the disk
 * at each write. A lock in it says that its JVM lives; a folder whose lock is free is what a crash has left, and goes
 * when the next control plane starts.
 */
final class Workspace implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Workspace.class);
    private static final Path MEMORY = Path.of("/dev/shm");
    /** What a long measurement writes before etcd compacts; a container's /dev/shm often has 64 MB. */
    private static final long ROOM = 4L << 30;

    private static final String PREFIX = "orchestration-controlplane-";
    private static final String LOCK = "lock";
    /** A younger folder may not have its lock yet. */
    private static final Duration YOUNG = Duration.ofMinutes(1);

    private final Path folder;
    private final FileChannel lock;

    Workspace() throws IOException {
        this(root());
    }

    /** In that folder. */
    Workspace(Path root) throws IOException {
        sweep(root);
        this.folder = Files.createTempDirectory(root, mine());
        this.lock = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        lock.lock();
    }

    Path folder() {
        return folder;
    }

    private static Path root() throws IOException {
        boolean memory = Files.isDirectory(MEMORY)
                && Files.isWritable(MEMORY)
                && Files.getFileStore(MEMORY).getUsableSpace() >= ROOM;
        return memory ? MEMORY : Path.of(System.getProperty("java.io.tmpdir"));
    }

    private static String mine() {
        return PREFIX + ProcessHandle.current().pid() + "-";
    }

    private static void sweep(Path root) throws IOException {
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(root, PREFIX + "*")) {
            for (Path folder : folders) {
                // Not our own: to close a lock's file drops this process's lock on it, through whichever channel.
                if (!folder.getFileName().toString().startsWith(mine()) && isStale(folder)) {
                    LOG.info("deleting {}, which a process that died has left", folder);
                    Folders.delete(folder);
                }
            }
        }
    }

    private static boolean isStale(Path folder) {
        Path file = folder.resolve(LOCK);
        try {
            Instant made = Files.getLastModifiedTime(folder).toInstant();
            if (!Files.isWritable(file) || made.plus(YOUNG).isAfter(Instant.now())) {
                return false;
            }
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                    FileLock free = channel.tryLock()) {
                return free != null;
            }
        } catch (IOException e) {
            LOG.debug("{} can't be looked at", folder, e);
            return false;
        }
    }

    @Override
    public void close() throws IOException {
        lock.close();
        Folders.delete(folder);
    }
}
