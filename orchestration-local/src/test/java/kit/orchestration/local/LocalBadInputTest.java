package kit.orchestration.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kit.orchestration.AllocateReq;
import kit.orchestration.Limits;
import kit.orchestration.PodAddress;
import kit.orchestration.UnknownPoolException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bad input: the error names the field and the way out, and nothing is lost by it. */
class LocalBadInputTest {

    private static final PodAddress ADDRESS = new PodAddress("127.0.0.1", 7001);

    private final LocalAllocator allocator = LocalAllocator.create();
    private final LocalPod pod = LocalPod.withoutSdk(ADDRESS, 1, Map.of());

    @BeforeEach
    void add() {
        allocator.addPod("duel", pod);
    }

    @AfterEach
    void nothingIsLost() throws Exception {
        assertThat(allocator.status("duel").claimed()).hasValue(0);
        allocator.allocate(AllocateReq.of("duel"));
        allocator.close();
    }

    @Test
    void aPodNeedsAnAddress() {
        assertThatNullPointerException()
                .isThrownBy(() -> new LocalPod(null, 1, Map.of()))
                .withMessageContaining("address");
        assertThatNullPointerException().isThrownBy(() -> new LocalPod(null, 1)).withMessageContaining("address");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LocalPod("localhost", 1))
                .withMessageContaining("host:port")
                .withMessageContaining("localhost");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LocalPod("localhost:65536", 1))
                .withMessageContaining("port");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LocalPod("", 1))
                .withMessageContaining("host:port");
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, Limits.CAPACITY + 1, Integer.MAX_VALUE})
    void aPodNeedsACapacityWithinTheLimits(int capacity) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LocalPod(ADDRESS, capacity, Map.of()))
                .withMessageContaining("capacity must be 1 to 1000")
                .withMessageContaining(Integer.toString(capacity));
    }

    @Test
    void aPodOfTheLargestCapacityIsFilledToTheLast() throws Exception {
        allocator.addPod("large", LocalPod.withoutSdk("127.0.0.1:7002", Limits.CAPACITY));
        for (int i = 0; i < Limits.CAPACITY; i++) {
            allocator.allocate(AllocateReq.of("large"));
        }
        assertThat(allocator.status("large").claimed()).hasValue(Limits.CAPACITY);
        assertThatThrownBy(() -> allocator.allocate(AllocateReq.of("large"))).hasMessageContaining("1 are full");
    }

    @Test
    void labelsFollowKubernetesSyntax() {
        assertThatNullPointerException()
                .isThrownBy(() -> new LocalPod(ADDRESS, 1, null))
                .withMessageContaining("labels");
        Map<String, String> nulls = new HashMap<>();
        nulls.put("region", null);
        assertThatNullPointerException()
                .isThrownBy(() -> new LocalPod(ADDRESS, 1, nulls))
                .withMessageContaining("labels")
                .withMessageContaining("region");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LocalPod(ADDRESS, 1, Map.of("", "x")))
                .withMessageContaining("labels");
        assertThatNoException().isThrownBy(() -> new LocalPod(ADDRESS, 1, Map.of("a".repeat(63), "b".repeat(63))));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LocalPod(ADDRESS, 1, Map.of("a".repeat(64), "b")))
                .withMessageContaining("labels");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LocalPod(ADDRESS, 1, Map.of("a", "b".repeat(64))))
                .withMessageContaining("labels");
    }

    @Test
    void labelsAreCopied() throws Exception {
        Map<String, String> labels = new HashMap<>(Map.of("region", "eu"));
        LocalPod labelled = LocalPod.withoutSdk(ADDRESS, 1, labels);
        labels.put("region", "us");
        assertThat(labelled.labels()).containsExactly(Map.entry("region", "eu"));
    }

    @Test
    void aPoolsNameIsADnsLabel() {
        for (String name : new String[] {"", "Duel", "eu west", "-duel", "duel-", "a".repeat(64), "d\u00fcl", "a/b"}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> allocator.addPod(name, new LocalPod(ADDRESS, 1, Map.of())))
                    .withMessageContaining("pool must be a DNS label");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> LocalAllocator.builder().pools("duel", name))
                    .withMessageContaining("pool must be a DNS label");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> allocator.status(name))
                    .withMessageContaining("pool");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> allocator.release(name, "x"))
                    .withMessageContaining("pool");
        }
        allocator.addPod("a".repeat(63), new LocalPod(ADDRESS, 1, Map.of()));
    }

    @Test
    void nullsAreNamed() {
        assertThatNullPointerException()
                .isThrownBy(() -> allocator.allocate(null))
                .withMessageContaining("req");
        assertThatNullPointerException()
                .isThrownBy(() -> allocator.allocateAsync(null))
                .withMessageContaining("req");
        assertThatNullPointerException()
                .isThrownBy(() -> allocator.status(null))
                .withMessageContaining("pool");
        assertThatNullPointerException()
                .isThrownBy(() -> allocator.release(null, "x"))
                .withMessageContaining("pool");
        assertThatNullPointerException()
                .isThrownBy(() -> allocator.release("duel", null))
                .withMessageContaining("sessionId");
        assertThatNullPointerException()
                .isThrownBy(() -> allocator.addPod(null, pod))
                .withMessageContaining("pool");
        assertThatNullPointerException()
                .isThrownBy(() -> allocator.addPod("duel", null))
                .withMessageContaining("pod");
        assertThatNullPointerException()
                .isThrownBy(() -> allocator.removePod(null, pod))
                .withMessageContaining("pool");
        assertThatNullPointerException()
                .isThrownBy(() -> allocator.removePod("duel", null))
                .withMessageContaining("pod must");
        assertThatNullPointerException()
                .isThrownBy(() -> allocator.failNext(null))
                .withMessageContaining("failure");
    }

    @Test
    void anUnknownPoolSaysWhatToDoAndWhatIsKnown() {
        for (ThrowingCallable call : List.<ThrowingCallable>of(
                () -> allocator.allocate(AllocateReq.of("duels")),
                () -> allocator.status("duels"),
                () -> allocator.release("duels", "x"),
                () -> allocator.removePod("duels", pod))) {
            assertThatThrownBy(call)
                    .isInstanceOf(UnknownPoolException.class)
                    .hasMessageContaining("duels")
                    .hasMessageContaining("addPod")
                    .hasMessageContaining("[duel]");
        }
    }

    @Test
    void theBuildersSettingsAreChecked() {
        LocalAllocatorBuilder builder = LocalAllocator.builder();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.waitingLimit(0))
                .withMessageContaining("waitingLimit must be at least 1, was 0");
        for (Duration bad : new Duration[] {
            Duration.ZERO, Duration.ofMillis(-1), Duration.ofMinutes(10).plusMillis(1)
        }) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> builder.callTimeout(bad))
                    .withMessageContaining("callTimeout must be");
        }
        assertThatNoException().isThrownBy(() -> {
            builder.waitingLimit(1).callTimeout(Duration.ofMillis(1));
            builder.callTimeout(Duration.ofMinutes(10));
        });
        assertThatNullPointerException()
                .isThrownBy(() -> builder.callTimeout(null))
                .withMessageContaining("callTimeout");
        assertThatNullPointerException()
                .isThrownBy(() -> builder.placement(null))
                .withMessageContaining("placement");
        assertThatNullPointerException()
                .isThrownBy(() -> builder.listener(null))
                .withMessageContaining("listener");
        assertThatNullPointerException()
                .isThrownBy(() -> builder.executor(null))
                .withMessageContaining("executor");
        assertThatNullPointerException().isThrownBy(() -> builder.clock(null)).withMessageContaining("clock");
        assertThatNullPointerException().isThrownBy(() -> builder.random(null)).withMessageContaining("random");
        assertThatNullPointerException()
                .isThrownBy(() -> builder.pools("a", null))
                .withMessageContaining("pool");
    }

    @Test
    void aPodThatIsRefusedDeclaresNoPool() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> allocator.addPod("typo", pod))
                .withMessageContaining("in a pool already");
        assertThatThrownBy(() -> allocator.allocate(AllocateReq.of("typo")))
                .isInstanceOf(UnknownPoolException.class)
                .hasMessageContaining("known are [duel]");
    }
}
