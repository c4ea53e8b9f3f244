package kit.orchestration.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import kit.orchestration.controlplane.Api;
import kit.orchestration.controlplane.ControlPlane;
import kit.orchestration.ledger.LedgerJson;
import kit.orchestration.ledger.LedgerNames;
import kit.orchestration.ledger.lease.Transport.Answer;
import kit.orchestration.ledger.lease.Transport.Ask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The model of the API server is held against kube-apiserver itself: both get the same random calls, answer the same,
 * and tell the same by their watches. {@code -Dsimulation.scripts=10000} for more.
 */
class ConformanceTest {

    private static final String NAMESPACE = "/namespaces/games/";
    private static final int CALLS = 15;
    private static final List<String> KEYS = List.of("0", "1", "state", "example.com/a");
    private static final List<String> TEXTS = List.of("0", "1 abc 60000 - -", "open/boot", "a&b <c>", "ä\u2028");

    private static ControlPlane plane;

    /** One of the two, and what is known of its objects. */
    private abstract static class Side {

        final Map<String, Map<String, Object>> known = new LinkedHashMap<>();
        /** What an object was before, whose version is stale since. */
        final Map<String, String> stale = new LinkedHashMap<>();

        abstract Answer send(String method, String path, @Nullable String body);

        Map<String, Object> meta(String name) {
            return Stored.child(known.getOrDefault(name, Map.of()), "metadata");
        }

        /** Sends, and gives what of the answer must be the same on both sides. */
        String call(String method, String name, String path, @Nullable String body) {
            Answer answer = send(method, path, body);
            if (!answer.isGood() || method.equals("DELETE")) {
                return method + " " + path + ": " + answer.status();
            }
            Map<String, Object> object = LedgerJson.read(answer.body());
            if (object.get("items") instanceof List<?> items) {
                return path + ": " + items.stream().map(Side::say).toList();
            }
            String before = String.valueOf(meta(name).get("resourceVersion"));
            known.put(name, object);
            boolean isNew = !before.equals(meta(name).get("resourceVersion"));
            if (isNew) {
                stale.put(name, before);
            }
            return method + " " + path + ": " + answer.status() + (isNew ? " changed " : " same ") + say(object);
        }

        private static String say(Object object) {
            @SuppressWarnings("unchecked")
            Map<String, Object> fields = (Map<String, Object>) object;
            Map<String, Object> meta = Stored.child(fields, "metadata");
            return List.of(
                            String.valueOf(meta.get("name")),
                            new TreeMap<>(Stored.child(meta, "labels")),
                            new TreeMap<>(Stored.child(meta, "annotations")),
                            String.valueOf(Stored.child(fields, "spec").get("holderIdentity")),
                            String.valueOf(meta.get("ownerReferences")))
                    .toString();
        }
    }

    private static final class Model extends Side {

        final ApiServer server = new ApiServer(new ApiServer.Witness() {
            @Override
            public void wrote(String by, ApiServer.Event event) {}

            @Override
            public void lost(String by) {}
        });

        @Override
        Answer send(String method, String path, @Nullable String body) {
            return server.answer("a test", new Ask(method, path, null, body, Ask.JSON, Duration.ofSeconds(5)));
        }

        List<String> events(long since, String path) {
            ApiServer.Selection selection = ApiServer.selection(path);
            return Objects.requireNonNull(server.since(since)).stream()
                    .map(event -> event.line(selection))
                    .filter(Objects::nonNull)
                    .map(ConformanceTest::event)
                    .toList();
        }
    }

    private static final class Real extends Side {

        private final Api api = plane.api();
        private final String namespace = plane.newNamespace("model");

        private String path(String path) {
            return path.replace(NAMESPACE, "/namespaces/" + namespace + "/");
        }

        @Override
        Answer send(String method, String path, @Nullable String body) {
            Api.Answer answer = switch (method) {
                case "GET" -> api.get(path(path));
                case "POST" -> api.post(path(path), Objects.requireNonNull(body));
                case "PATCH" -> api.jsonPatch(path(path), Objects.requireNonNull(body));
                default -> api.delete(path(path), Objects.requireNonNull(body));
            };
            return new Answer(answer.status(), answer.body(), "");
        }

        long version() {
            Map<String, Object> list = api.get(path(Kind.LEASES.path)).json();
            return Long.parseLong(String.valueOf(Stored.child(list, "metadata").get("resourceVersion")));
        }

        List<String> events(long since, String path) {
            String watch = path(path) + "&watch=1&timeoutSeconds=3&resourceVersion=" + since;
            return api.get(watch)
                    .body()
                    .lines()
                    .filter(line -> !line.contains("\"BOOKMARK\""))
                    .map(ConformanceTest::event)
                    .toList();
        }
    }

    private static String event(String line) {
        Map<String, Object> event = LedgerJson.read(line);
        return event.get("type") + " " + Side.say(Objects.requireNonNull(event.get("object")));
    }

    @BeforeAll
    static void start() {
        plane = ControlPlane.shared();
    }

    @Test
    void the_model_answers_and_tells_what_kube_apiserver_does() {
        int scripts = Integer.getInteger("simulation.scripts", 300);
        Model model = new Model();
        Real real = new Real();
        long modelSince = model.server.version();
        long realSince = real.version();
        for (int script = 0; script < scripts; script++) {
            Random random = new Random(script);
            List<String> names = List.of("s" + script + "-a", "s" + script + "-b");
            for (int i = 0; i < CALLS; i++) {
                String name = names.get(random.nextInt(names.size()));
                long seed = random.nextLong();
                String ours = call(model, name, new Random(seed));
                String theirs = call(real, name, new Random(seed));
                assertThat(ours).as("script %s, call %s", script, i).isEqualTo(theirs);
            }
        }
        String labelled = Kind.LEASES.path + "?labelSelector=orchestration.kit%2Fpool";
        String one = Kind.LEASES.path + "?fieldSelector=metadata.name%3Ds0-a";
        for (String path : List.of(labelled, one)) {
            assertThat(model.events(modelSince, path)).isNotEmpty().isEqualTo(real.events(realSince, path));
        }
    }

    /** The same for both, but for uids and versions. */
    private static String call(Side side, String name, Random random) {
        String path = Kind.LEASES.path + "/" + name;
        return switch (random.nextInt(10)) {
            case 0, 1 -> side.call("POST", name, Kind.LEASES.path, create(name, random));
            case 2 -> side.call("GET", name, path, null);
            case 3 ->
                side.call(
                        "GET",
                        name,
                        Kind.LEASES.path + "?labelSelector=orchestration.kit%2Fpool&fieldSelector=metadata.name%3D"
                                + name,
                        null);
            case 4 -> side.call("DELETE", name, path, options(side, name, random));
            default -> side.call("PATCH", name, path, patch(side, name, random));
        };
    }

    private static String create(String name, Random random) {
        Map<String, Object> meta = new LinkedHashMap<>();
        meta.put("name", name);
        if (random.nextBoolean()) {
            meta.put("labels", Map.of(LedgerNames.POOL_LABEL, "duel"));
        }
        if (random.nextInt(4) > 0) {
            meta.put("annotations", Map.of(one(KEYS, random), one(TEXTS, random)));
        }
        return LedgerJson.write(Map.of("apiVersion", "coordination.k8s.io/v1", "kind", "Lease", "metadata", meta));
    }

    private static String options(Side side, String name, Random random) {
        Object uid = random.nextBoolean() ? side.meta(name).get("uid") : "another";
        return LedgerJson.write(Map.of(
                "kind", "DeleteOptions", "apiVersion", "v1", "preconditions", Map.of("uid", String.valueOf(uid))));
    }

    private static String patch(Side side, String name, Random random) {
        List<Map<String, ? extends @Nullable Object>> ops = new ArrayList<>();
        ops.add(op("add", "/metadata/managedFields", List.of())); // as all patches of ours
        for (int i = random.nextInt(4); i >= 0; i--) {
            String key = one(KEYS, random);
            String path = "/metadata/annotations/" + key.replace("~", "~0").replace("/", "~1");
            Object now = Stored.child(side.meta(name), "annotations").get(key);
            String text = one(TEXTS, random);
            boolean right = random.nextInt(4) > 0;
            ops.add(
                    switch (random.nextInt(10)) {
                        case 0 ->
                            op("test", "/metadata/uid", right ? side.meta(name).get("uid") : "another");
                        case 1 ->
                            op(
                                    "test",
                                    "/metadata/resourceVersion",
                                    right ? side.meta(name).get("resourceVersion") : side.stale.get(name));
                        case 2, 3 -> op("test", path, right ? now : text);
                        case 4, 5, 6 -> op("add", path, text);
                        case 7 -> Map.of("op", "remove", "path", path);
                        case 8 -> op("add", "/metadata/labels", Map.of(LedgerNames.POOL_LABEL, "other"));
                        default ->
                            right
                                    ? op("add", "/spec/holderIdentity", text)
                                    : op("add", "/metadata/annotations", Map.of());
                    });
        }
        return LedgerJson.write(ops);
    }

    private static Map<String, ? extends @Nullable Object> op(String op, String path, @Nullable Object value) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("op", op);
        fields.put("path", path);
        fields.put("value", value);
        return fields;
    }

    private static <T> T one(List<T> of, Random random) {
        return of.get(random.nextInt(of.size()));
    }
}
