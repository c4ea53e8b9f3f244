package kit.orchestration.agones.standin;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import kit.orchestration.ledger.LedgerJson;

/**
 * A stand-in as a process of its own. Prints one line of JSON once it is up, {@code
 * {"allocator":port,"sidecars":{name:port}}}, and ends with its standard input, or by a signal.
 *
 * <pre>
 * --port P         the allocator's port (0: any)
 * --servers N      GameServers (0)
 * --capacity C     of the list of each (8)
 * --list L         its name (sessions)
 * --fleet F        their Fleet (duel)
 * --state S        their state: Scheduled, as before a pod has said Ready, or Ready, for servers without a pod
 *                  (Scheduled)
 * --label K=V      a label of all of them; may be repeated
 * --batch-wait MS  the allocator's (500)
 * --vices V        all, none, or some, with commas between (all)
 * --seed S         of the vices that strike by chance (1)
 * --tls-cert F     the allocator's certificate, a PEM file; without one it speaks plaintext
 * --tls-key F      its private key
 * --client-ca F    whose clients are let in, a PEM file; without one all are
 * </pre>
 */
public final class StandinMain {

    private static final int FIRST_PORT = 7_000;

    private StandinMain() {}

    /** Runs until standard input ends. */
    public static void main(String[] args) throws IOException {
        Map<String, String> options = new LinkedHashMap<>();
        List<String> labels = new ArrayList<>();
        for (int i = 0; i < args.length; i += 2) {
            if (i + 1 == args.length || !args[i].startsWith("--")) {
                throw new IllegalArgumentException("options must be --name value, was \"%s\"".formatted(args[i]));
            }
            if (args[i].equals("--label")) {
                labels.add(args[i + 1]);
            } else {
                options.put(args[i], args[i + 1]);
            }
        }
        AgonesStandinBuilder builder = AgonesStandin.builder()
                .port(number(options, "--port", 0))
                .seed(number(options, "--seed", 1))
                .vices(vices(taken(options, "--vices", "all")));
        String batchWait = taken(options, "--batch-wait", "");
        if (!batchWait.isEmpty()) {
            builder.batchWait(Duration.ofMillis(Long.parseLong(batchWait)));
        }
        secure(
                builder,
                taken(options, "--tls-cert", ""),
                taken(options, "--tls-key", ""),
                taken(options, "--client-ca", ""));
        int servers = number(options, "--servers", 0);
        String state = taken(options, "--state", GameServer.SCHEDULED);
        StandinGameServer template = StandinGameServer.of("template", taken(options, "--fleet", "duel"))
                .list(taken(options, "--list", "sessions"))
                .capacity(number(options, "--capacity", 8));
        for (String label : labels) {
            String[] pair = label.split("=", 2);
            template = template.label(pair[0], pair.length == 2 ? pair[1] : "");
        }
        if (!options.isEmpty()) {
            throw new IllegalArgumentException("options must be those of StandinMain's Javadoc, was " + options);
        }
        try (AgonesStandin agones = builder.start()) {
            Map<String, Object> sidecars = new LinkedHashMap<>();
            for (int i = 0; i < servers; i++) {
                String name = add(agones, template, i);
                if (!state.equals(GameServer.SCHEDULED)) {
                    agones.setState(name, state);
                }
                sidecars.put(name, agones.sidecarPort(name));
            }
            Map<String, Object> ports = new LinkedHashMap<>();
            ports.put("allocator", agones.allocatorPort());
            ports.put("sidecars", sidecars);
            System.out.println(LedgerJson.write(ports));
            System.out.flush();
            while (System.in.read() >= 0) {
                // whoever started this process still lives
            }
        }
    }

    private static void secure(AgonesStandinBuilder builder, String certificate, String key, String clientCa)
            throws IOException {
        if (certificate.isEmpty() != key.isEmpty() || (certificate.isEmpty() && !clientCa.isEmpty())) {
            throw new IllegalArgumentException(
                    ("--tls-cert and --tls-key must be named together, and --client-ca with them, was \"%s\", \"%s\""
                                    + " and \"%s\"")
                            .formatted(certificate, key, clientCa));
        }
        if (!clientCa.isEmpty()) {
            builder.mutualTls(Path.of(certificate), Path.of(key), Path.of(clientCa));
        } else if (!certificate.isEmpty()) {
            builder.tls(Path.of(certificate), Path.of(key));
        }
    }

    private static String add(AgonesStandin agones, StandinGameServer template, int index) throws IOException {
        return agones.addGameServer(new StandinGameServer(
                template.fleet() + "-" + index,
                template.fleet(),
                template.labels(),
                template.list(),
                template.capacity(),
                template.address(),
                FIRST_PORT + index,
                template.node()));
    }

    private static Set<Vice> vices(String text) {
        return switch (text) {
            case "all" -> EnumSet.allOf(Vice.class);
            case "none" -> EnumSet.noneOf(Vice.class);
            default ->
                Arrays.stream(text.split(","))
                        .map(name -> Vice.valueOf(
                                name.strip().toUpperCase(Locale.ROOT).replace('-', '_')))
                        .collect(Collectors.toCollection(() -> EnumSet.noneOf(Vice.class)));
        };
    }

    private static int number(Map<String, String> options, String name, int otherwise) {
        return Integer.parseInt(taken(options, name, Integer.toString(otherwise)));
    }

    private static String taken(Map<String, String> options, String name, String otherwise) {
        String value = options.remove(name);
        return value == null ? otherwise : value;
    }
}
