package kit.orchestration.sdk.platform;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.platform.BootTries.NotYet;
import org.junit.jupiter.api.Test;

class BootTriesTest {

    /** The time is over in the middle of a try, which says less than what the one before met. */
    @Test
    void what_is_told_in_the_end_is_what_was_answered_last() {
        BootTries tries =
                new BootTries("it could not be done", Duration.ofSeconds(2), Duration.ofMinutes(1), BootThread.SYSTEM);
        AtomicInteger count = new AtomicInteger();
        assertThatThrownBy(() -> tries.run(() -> {
                    if (count.getAndIncrement() == 0) {
                        throw new NotYet("it is another's", false, null);
                    }
                    return silent(tries);
                }))
                .isInstanceOf(PlatformException.class)
                .hasMessage("it could not be done within PT2S: it is another's");
    }

    @Test
    void where_nothing_was_answered_that_is_told() {
        BootTries tries =
                new BootTries("it could not be done", Duration.ofMillis(1), Duration.ofMinutes(1), BootThread.SYSTEM);
        assertThatThrownBy(() -> tries.run(() -> silent(tries))).hasMessageContaining("asking was not answered");
    }

    private static String silent(BootTries tries) throws NotYet, InterruptedException {
        try {
            return tries.await("asking", new CompletableFuture<>());
        } catch (ExecutionException never) {
            throw new AssertionError(never);
        }
    }
}
