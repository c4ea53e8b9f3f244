package kit.orchestration.ledger.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import kit.orchestration.ledger.lease.ApiException.Kind;
import kit.orchestration.ledger.lease.Transport.Answer;
import kit.orchestration.ledger.lease.Transport.Ask;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LeaseApiTest {

    private static final String LEASES = "/apis/coordination.k8s.io/v1/namespaces/games/leases";
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final String NAME = "orchestration-duel-7f6c9-x2";

    private final ScriptedTransport transport = new ScriptedTransport();
    private final VirtualTime time = new VirtualTime();
    private final List<String> observed = new ArrayList<>();
    private final LeaseApi api = new LeaseApi(transport, "games", TIMEOUT, this::observe, time::nanoTime);
    private final List<String> told = new ArrayList<>();

    // ---- what is asked ----

    @Test
    void a_lease_is_read_from_the_storage() {
        CompletableFuture<Optional<Lease>> read = api.get(NAME);

        assertThat(transport.ask()).isEqualTo(Ask.get(LEASES + "/" + NAME, TIMEOUT));
        assertThat(transport.ask().bytes()).isEmpty();
        transport.answer(200, Golden.text("format-1-claim.json"));
        assertThat(read.join()).contains(Golden.lease("format-1-claim.json"));
    }

    @Test
    void what_is_not_there_is_empty() {
        CompletableFuture<Optional<Lease>> read = api.get("nosuch");
        transport.answer(404, Golden.text("status-404-missing.json"));
        assertThat(read.join()).isEmpty();

        CompletableFuture<Optional<String>> pod = api.get(pods(), "duel-0", Function.identity());
        assertThat(transport.ask()).isEqualTo(Ask.get("/api/v1/namespaces/games/pods/duel-0", TIMEOUT));
        transport.answer(404, "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"code\":404}");
        assertThat(pod.join()).isEmpty();
    }

    @Test
    void a_patch_asks_for_a_line_which_tells_the_version() {
        LeasePatch patch = LeasePatch.of(Golden.lease("format-1-created.json")).set("0", "é");
        CompletableFuture<Long> done = api.patch(NAME, patch);

        assertThat(transport.ask().method()).isEqualTo("PATCH");
        assertThat(transport.ask().path()).isEqualTo(LEASES + "/" + NAME + "?includeObject=None");
        assertThat(transport.ask().contentType()).isEqualTo("application/json-patch+json");
        assertThat(transport.ask().accept()).startsWith("application/json;as=Table");
        assertThat(new String(transport.ask().bytes(), java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo(patch.text());
        transport.answer(
                200, "{\"kind\":\"Table\",\"metadata\":{\"resourceVersion\":\"217\"},\"rows\":[{\"object\":null}]}");
        assertThat(done).isCompletedWithValue(217L);
    }

    @Test
    void a_good_answer_to_a_patch_that_is_none_of_the_API_s_tells_nothing() {
        CompletableFuture<Long> done = api.patch(NAME, LeasePatch.of(Golden.lease("format-1-created.json")));
        transport.answer(200, "<html>a proxy's page</html>");
        assertThat(done.handle((version, failure) -> ApiException.of(failure).kind()))
                .isCompletedWithValue(ApiException.Kind.UNKNOWN);
    }

    @Test
    void or_for_the_lease() {
        CompletableFuture<Lease> done = api.patchAndRead(NAME, LeasePatch.of(Golden.lease("format-1-created.json")));
        assertThat(transport.ask().path()).isEqualTo(LEASES + "/" + NAME);
        assertThat(transport.ask().accept()).isEqualTo("application/json");
        transport.answer(200, Golden.text("format-1-open.json"));
        assertThat(done.join().stateText()).isEqualTo("open/Zx3-_9aQ 1");
    }

    @Test
    void a_create_and_a_delete_of_this_very_lease() {
        api.create("{}");
        assertThat(transport.ask())
                .isEqualTo(new Ask("POST", LEASES, "application/json", "{}", "application/json", TIMEOUT));
        api.delete(NAME, "u-1");
        assertThat(transport.ask().method()).isEqualTo("DELETE");
        assertThat(transport.ask().path()).isEqualTo(LEASES + "/" + NAME);
        assertThat(transport.ask().body()).contains("\"preconditions\":{\"uid\":\"u-1\"}");
    }

    @Test
    void a_list_is_read_page_by_page() {
        CompletableFuture<Watcher.Snapshot<Lease>> listed =
                api.ours(api.leases()).snapshot();
        assertThat(transport.ask().path()).isEqualTo(LEASES + "?limit=500&labelSelector=orchestration.kit%2Fpool");
        assertThat(transport.ask().timeout()).as("a list takes its time").isGreaterThan(TIMEOUT);
        transport.answer(200, Golden.text("page-1.json"));
        assertThat(transport.ask().path())
                .endsWith("&continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MzE2LCJzdGFydCI6Ii9vcmNoZXN0cmF0aW9uLWR1ZWwt"
                        + "N2Y2YzkteDJcdTAwMDAifQ");
        transport.answer(200, Golden.text("page-2.json"));

        assertThat(listed.join().version()).isEqualTo("316");
        assertThat(listed.join().objects()).extracting(Lease::name).containsExactly(NAME, "orchestration-duel-old");
    }

    /** It may be slow, or its connection dead. */
    @Test
    void a_list_without_an_answer_is_given_more_time_the_next_time_and_a_minute_at_most() {
        Watcher.Source<Lease> leases = api.ours(api.leases());
        for (int seconds : new int[] {10, 20, 40, 60, 60}) {
            leases.snapshot();
            assertThat(transport.ask().timeout()).isEqualTo(Duration.ofSeconds(seconds));
            transport.answer(200, Golden.text("page-1.json"));
            assertThat(transport.ask().timeout()).as("its next page").isEqualTo(Duration.ofSeconds(seconds));
            time.advance(Duration.ofSeconds(seconds));
            transport.answers.get(transport.answers.size() - 1).completeExceptionally(new IOException("timed out"));
        }
        leases.snapshot();
        transport.answer(503, "");
        leases.snapshot();
        transport.answer(200, Golden.text("page-2.json"));
        leases.snapshot();
        assertThat(transport.ask().timeout()).isEqualTo(Duration.ofSeconds(10));
        transport.answers.get(transport.answers.size() - 1).completeExceptionally(new IOException("reset"));
        leases.snapshot();
        assertThat(transport.ask().timeout()).as("that was quick").isEqualTo(Duration.ofSeconds(10));
    }

    /**
     * By its own version it could not be watched, once the server was started anew: golden/lease/watch-expired.jsonl.
     */
    @Test
    void one_lease_alone_is_listed_so_that_it_can_be_watched_from_there() {
        Watcher.Source<Lease> source = api.only(NAME);
        CompletableFuture<Watcher.Snapshot<Lease>> listed = source.snapshot();
        assertThat(transport.ask().path()).isEqualTo(LEASES + "?limit=500&fieldSelector=metadata.name%3D" + NAME);
        transport.answer(200, "{\"metadata\":{\"resourceVersion\":\"700\"},\"items\":[]}");
        assertThat(listed.join()).isEqualTo(new Watcher.Snapshot<>(List.of(), "700"));
        assertThat(source.name()).isEqualTo("leases");
    }

    @Test
    void a_watch_is_asked_for_in_every_language() {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag("ar-EG"));
        try {
            watch();
        } finally {
            Locale.setDefault(before);
        }
        assertThat(transport.ask())
                .isEqualTo(Ask.get(
                        LEASES + "?watch=1&allowWatchBookmarks=true&labelSelector=orchestration.kit%2Fpool"
                                + "&resourceVersion=316&timeoutSeconds=30",
                        TIMEOUT));
    }

    // ---- what goes wrong ----

    @Test
    void an_error_names_call_place_and_cause() {
        CompletableFuture<?> read = api.get(NAME);
        transport.answer(403, Golden.text("status-403-anonymous.json"));
        ApiException error = errorOf(read);

        assertThat(error.kind()).isEqualTo(Kind.FORBIDDEN);
        assertThat(error.problem())
                .startsWith(
                        "reading lease " + NAME + " in namespace games at https://[fd00::1]:6443/k8s was answered 403")
                .contains("cannot list resource");
    }

    @Test
    void a_transport_that_throws_or_fails_is_a_failed_future() {
        transport.refusing = new IllegalStateException("the client is closed");
        assertThat(errorOf(api.get(NAME)).problem()).contains("the client is closed");
        transport.refusing = null;
        CompletableFuture<?> read = api.get(NAME);
        transport.answers.get(0).completeExceptionally(new IOException("reset"));
        assertThat(errorOf(read).kind()).isEqualTo(Kind.UNKNOWN);
    }

    @Test
    void a_good_answer_of_somebody_else_is_none() {
        for (String body : List.of("<html>log in</html>", "{\"message\":\"log in\"}", "")) {
            CompletableFuture<?> read = api.get(NAME);
            transport.answer(200, body);
            assertThat(errorOf(read).problem()).contains("is that the API server's address?");
            CompletableFuture<?> list = api.ours(api.leases()).snapshot();
            transport.answer(200, body);
            assertThat(errorOf(list).kind()).isEqualTo(Kind.UNKNOWN);
            CompletableFuture<?> delete = api.delete(NAME, "u-1");
            transport.answer(200, body);
            assertThat(errorOf(delete).kind()).isEqualTo(Kind.UNKNOWN);
        }
    }

    /** What it hides may well be there. */
    @Test
    void a_page_of_a_proxy_that_finds_nothing_is_no_proof_that_there_is_nothing() {
        CompletableFuture<?> read = api.get(NAME);
        transport.answer(404, "<html>no such backend</html>");
        assertThat(errorOf(read).kind()).isEqualTo(Kind.UNKNOWN);
        assertThat(errorOf(read).problem()).contains("no such backend", "is that the API server's address?");
    }

    @Test
    void a_page_that_fails_fails_the_list() {
        CompletableFuture<?> list = api.ours(api.leases()).snapshot();
        transport.answer(200, Golden.text("page-1.json"));
        transport.answer(410, "");
        assertThat(errorOf(list).kind()).isEqualTo(Kind.EXPIRED);
    }

    @Test
    void a_list_of_another_kind_needs_a_version_too() {
        CompletableFuture<?> list = api.ours(pods()).snapshot();
        transport.answer(200, "");
        assertThat(errorOf(list).problem()).contains("listing pods in namespace games");
    }

    @Test
    void a_reader_that_fails_with_an_error_is_a_failed_future() {
        CompletableFuture<?> read = api.get(pods(), "duel-0", body -> {
            throw new StackOverflowError();
        });
        transport.answer(200, "{}");
        assertThat(errorOf(read).kind()).isEqualTo(Kind.UNKNOWN);
    }

    @Test
    void every_call_is_observed_once_with_the_time_it_took() {
        api.get(NAME);
        time.advance(Duration.ofMillis(7));
        transport.answer(200, Golden.text("format-1-claim.json"));
        api.get(NAME);
        transport.answer(404, Golden.text("status-404-missing.json"));
        assertThat(observed).containsExactly("PT0.007S null", "PT0S NOT_FOUND");
    }

    /** Of a large cluster, from a server that has just started: no sign that it is slow. */
    @Test
    void a_list_is_observed_as_one_that_took_no_time() {
        api.ours(api.leases()).snapshot();
        time.advance(Duration.ofSeconds(20));
        transport.answer(200, Golden.text("page-1.json"));
        time.advance(Duration.ofSeconds(20));
        transport.answer(503, "");
        assertThat(observed).hasSize(2).first().isEqualTo("PT0S null");
        assertThat(observed).last().asString().startsWith("PT0S ").isNotEqualTo("PT0S null");
    }

    @Test
    void an_observer_that_throws_harms_nobody() {
        LeaseApi watched = new LeaseApi(
                transport,
                "games",
                TIMEOUT,
                (took, error) -> {
                    throw new AssertionError("a bug");
                },
                time::nanoTime);
        CompletableFuture<Optional<Lease>> read = watched.get(NAME);
        transport.answer(200, Golden.text("format-1-claim.json"));
        assertThat(read.join()).isPresent();
        watched.ours(watched.leases()).watch("1", Duration.ofSeconds(30), events());
        transport.listener().failed(new IOException("reset"));
        assertThat(told).containsExactly("ended UNKNOWN");
    }

    // ---- watches ----

    @Test
    void the_lines_of_a_real_server_are_events() {
        watch();
        transport.listener().opened();
        Golden.lines("watch-kinds.jsonl").forEach(transport.listener()::line);
        transport.listener().ended();

        assertThat(told)
                .containsExactly(
                        "opened",
                        "seen 317 orchestration-x",
                        "seen 318 orchestration-x",
                        "seen 319 orchestration-x",
                        "gone 320 orchestration-x",
                        "heard 320",
                        "ended null");
        assertThat(observed).isEmpty();
    }

    @Test
    void an_error_in_a_watch_is_its_end() {
        watch();
        transport.listener().line(Golden.lines("watch-expired.jsonl").get(0));
        Golden.lines("watch-kinds.jsonl").forEach(transport.listener()::line);
        transport.listener().ended();

        assertThat(told).containsExactly("ended EXPIRED");
        assertThat(observed).containsExactly("PT0S EXPIRED");
    }

    @Test
    void an_error_without_words_is_one_too() {
        watch();
        transport.listener().line("{\"type\":\"ERROR\",\"object\":{\"code\":\"x\",\"message\":null}}");
        assertThat(told).containsExactly("ended UNKNOWN");
        watch();
        transport.listener().line("{\"type\":\"ERROR\"");
        assertThat(told).hasSize(2).endsWith("ended UNKNOWN");
    }

    @Test
    void a_line_that_is_no_event_ends_the_watch() {
        for (String line : List.of(
                "<html>",
                "{}",
                "[]",
                "{\"type\":\"ADDED\"}",
                "{\"type\":\"ADDED\",\"object\":null}",
                "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{}}}",
                "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"x\"}}}")) {
            told.clear();
            watch();
            transport.listener().line(line);
            assertThat(told).as(line).containsExactly("ended UNKNOWN");
        }
    }

    @Test
    void the_order_of_the_fields_and_new_types_do_not_matter() {
        watch();
        transport.listener().line("{\"object\":{\"metadata\":{\"resourceVersion\":\"5\"}},\"type\":\"BOOKMARK\"}");
        transport.listener().line("{\"type\":\"LATER\",\"object\":{\"metadata\":{\"resourceVersion\":\"6\"}}}");
        assertThat(told).containsExactly("heard 5", "heard 6");
    }

    @Test
    void the_version_of_another_kind_is_looked_at_too() {
        api.ours(new LeaseApi.Kind<>(
                        "pods", "/p", body -> new LeaseApi.Page<>(List.of(), "", ""), line -> line, line -> "x"))
                .watch("1", Duration.ofSeconds(30), new Telling<>());
        transport.listener().line("{\"type\":\"ADDED\",\"object\":{}}");
        assertThat(told).containsExactly("ended UNKNOWN");
    }

    @Test
    void a_refused_watch_says_what_the_server_said() {
        watch();
        transport.listener().refused(new Answer(403, Golden.text("status-403-anonymous.json"), ""));
        assertThat(told).containsExactly("ended FORBIDDEN");
        assertThat(observed).containsExactly("PT0S FORBIDDEN");
    }

    /** What we cut ourselves has not failed: it must not look as if the server were not well. */
    @Test
    void a_watch_that_we_have_closed_tells_and_counts_nothing() {
        Transport.Stream stream = watch();
        stream.close();
        transport.listener().line(Golden.lines("watch-kinds.jsonl").get(0));
        transport.listener().failed(new IOException("cancelled"));

        assertThat(transport.closed).isEqualTo(1);
        assertThat(told).isEmpty();
        assertThat(observed).isEmpty();
    }

    @Test
    void a_lease_is_described_by_name_and_namespace() {
        assertThat(api.describe("a")).isEqualTo("lease a in namespace games");
    }

    private Transport.Stream watch() {
        return api.ours(api.leases()).watch("316", Duration.ofSeconds(30), events());
    }

    private Watcher.Events<Lease> events() {
        return new Telling<>();
    }

    private final class Telling<T> implements Watcher.Events<T> {
        @Override
        public void opened() {
            told.add("opened");
        }

        @Override
        public void seen(String version, T object) {
            told.add("seen " + version + " " + ((Lease) object).name());
        }

        @Override
        public void gone(String version, T object) {
            told.add("gone " + version + " " + ((Lease) object).name());
        }

        @Override
        public void heard(String version) {
            told.add("heard " + version);
        }

        @Override
        public void ended(@Nullable ApiException error) {
            told.add("ended " + (error == null ? null : error.kind()));
        }
    }

    private static LeaseApi.Kind<String> pods() {
        return new LeaseApi.Kind<>(
                "pods",
                "/api/v1/namespaces/games/pods",
                body -> new LeaseApi.Page<>(List.of(), body, ""),
                Function.identity(),
                Function.identity());
    }

    private void observe(Duration took, @Nullable ApiException error) {
        observed.add(took + " " + (error == null ? null : error.kind()));
    }

    private static ApiException errorOf(CompletableFuture<?> failed) {
        assertThat(failed).isCompletedExceptionally();
        assertThatThrownBy(failed::get).isInstanceOf(ExecutionException.class);
        return failed.handle((value, failure) -> ApiException.of(failure)).join();
    }
}
