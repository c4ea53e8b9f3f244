package kit.orchestration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AllocatorListenerTest {

    private static final AllocateReq REQ = AllocateReq.of("duel");
    private static final Allocation ALLOCATION = new Allocation(
            "duel",
            new PodAddress("127.0.0.1", 1),
            "s1",
            Token.of("token"),
            Map.of(Allocation.POD_ANNOTATION, "pod-1"),
            Instant.EPOCH);

    private final List<String> heard = new ArrayList<>();

    @Test
    void bothHearEachEventInOrder() {
        tellAll(writing("a").andThen(writing("b")).andThen(writing("c")));

        List<String> expected = new ArrayList<>();
        for (String event : List.of("requested", "allocated", "refused", "abandoned", "backendCall", "viewAge")) {
            for (String name : List.of("a", "b", "c")) {
                expected.add(name + " " + event);
            }
        }
        assertThat(heard).containsExactlyElementsOf(expected);
    }

    @Test
    void noEventIsForgotten() {
        List<String> events = Arrays.stream(AllocatorListener.class.getMethods())
                .filter(method -> method.getReturnType() == void.class)
                .map(Method::getName)
                .toList();
        tellAll(writing("a").andThen(AllocatorListener.NONE));

        assertThat(heard).hasSameSizeAs(events);
    }

    @Test
    void whatOneThrowsDoesNotKeepTheOtherFromHearing() {
        IllegalStateException first = new IllegalStateException("first");
        AssertionError second = new AssertionError("second");
        AllocatorListener both = throwing(first).andThen(writing("b")).andThen(throwing(second));

        assertThatThrownBy(() -> both.requested(REQ)).isSameAs(first).hasSuppressedException(second);
        assertThat(heard).containsExactly("b requested");
        IllegalStateException shared = new IllegalStateException("shared");
        assertThatThrownBy(() -> throwing(shared).andThen(throwing(shared)).requested(REQ))
                .isSameAs(shared)
                .hasNoSuppressedExceptions();
    }

    private static void tellAll(AllocatorListener listener) {
        listener.requested(REQ);
        listener.allocated(REQ, ALLOCATION, Duration.ZERO);
        listener.refused(REQ, new AllocatorClosedException("duel", REQ), Duration.ZERO);
        listener.abandoned(REQ, Duration.ZERO);
        listener.backendCall("duel", "claim", 1, Duration.ZERO, null);
        listener.viewAge("duel", Duration.ZERO);
    }

    private AllocatorListener writing(String name) {
        InvocationWriter writer = new InvocationWriter(name);
        return (AllocatorListener) Proxy.newProxyInstance(
                AllocatorListener.class.getClassLoader(),
                new Class<?>[] {AllocatorListener.class},
                (self, method, args) -> writer.write(self, method, args));
    }

    private final class InvocationWriter {
        private final String name;

        InvocationWriter(String name) {
            this.name = name;
        }

        Object write(Object self, Method method, Object[] args) throws Throwable {
            if (method.getName().equals("andThen")) {
                return java.lang.reflect.InvocationHandler.invokeDefault(self, method, args);
            }
            heard.add(name + " " + method.getName());
            return null;
        }
    }

    private static AllocatorListener throwing(Throwable thrown) {
        return new AllocatorListener() {
            @Override
            public void requested(AllocateReq req) {
                if (thrown instanceof Error error) {
                    throw error;
                }
                throw (RuntimeException) thrown;
            }
        };
    }
}
