package kit.orchestration.benchmarks.kubernetes;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import kit.orchestration.sdk.GameServer;
import kit.orchestration.sdk.agones.AgonesPlatform;
import kit.orchestration.sdk.kubernetes.KubernetesPlatform;

/**
 * All pods of the pool, in one process: a {@link GameServer} for each, with the real SDK, and with a service account
 * token that is bound to its pod. {@link PodFleet} starts it, and tells it on standard input who the pods are and which
 * players come; it ends with that. A pipe, since it costs least and nobody else can read the tokens in it.
 */
public final class PodsProcess {

    static final int PLAYER = 1;
    static final int END_HELD = 2;
    static final int REPORT = 3;

    /** In place of the port of a pod's sidecar, if Agones does not host it. */
    static final int NO_SIDECAR = 0;

    private PodsProcess() {}

    /** See above. No arguments. */
    public static void main(String[] args) throws IOException, InterruptedException {
        DataInputStream in = new DataInputStream(new BufferedInputStream(System.in, 1 << 16));
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(System.out));
        ScheduledExecutorService scheduler = scheduler();
        List<GameServer> servers = boot(in, scheduler);
        out.writeInt(servers.size());
        out.flush();
        Players players = new Players(servers, scheduler);
        try {
            while (true) {
                switch (in.readByte()) {
                    case PLAYER -> players.come(in.readShort(), in.readBoolean(), in.readUTF());
                    case END_HELD -> players.endHeld();
                    case REPORT -> {
                        out.writeUTF(players.report());
                        out.flush();
                    }
                    default -> throw new IOException("should be a message that PodFleet sends");
                }
            }
        } catch (EOFException e) {
            // The benchmark is over. What the pods still do is of no interest.
            Runtime.getRuntime().halt(0);
        }
    }

    /** One thread for the sessions' times, the players' and the callbacks of all: a process of its own has one, too. */
    private static ScheduledExecutorService scheduler() {
        ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1);
        scheduler.setRemoveOnCancelPolicy(true);
        return scheduler;
    }

    private static List<GameServer> boot(DataInputStream in, ScheduledExecutorService scheduler)
            throws IOException, InterruptedException {
        URI apiServer = URI.create(in.readUTF());
        String ca = in.readUTF();
        String namespace = in.readUTF();
        int number = in.readInt();
        List<Map<String, String>> environments = new ArrayList<>();
        List<String> tokens = new ArrayList<>();
        List<Integer> sidecars = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            sidecars.add(in.readInt());
            Map<String, String> environment = new HashMap<>();
            for (int variables = in.readInt(); variables > 0; variables--) {
                environment.put(in.readUTF(), in.readUTF());
            }
            environments.add(environment);
            tokens.add(in.readUTF());
        }
        GameServer[] servers = new GameServer[number];
        Cluster.each(number, i -> {
            KubernetesPlatform slots = KubernetesPlatform.builder()
                    .environment(environments.get(i))
                    .apiServer(apiServer)
                    .ca(ca)
                    .namespace(namespace)
                    .token(() -> tokens.get(i))
                    .build();
            int sidecar = sidecars.get(i);
            servers[i] = GameServer.builder()
                    .platform(
                            sidecar == NO_SIDECAR
                                    ? slots
                                    : AgonesPlatform.builder()
                                            .port(sidecar)
                                            .slots(slots)
                                            .build())
                    .scheduler(scheduler)
                    .executor(scheduler)
                    .drainOnTermination(false)
                    .start();
            servers[i].ready();
        });
        return List.of(servers);
    }
}
