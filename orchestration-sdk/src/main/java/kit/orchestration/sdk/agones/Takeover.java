package kit.orchestration.sdk.agones;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.agones.SidecarException.Kind;
import kit.orchestration.ledger.lease.Retry;

/**
 * How a process waits for its pod: first for the sidecar, which may come up after the game; then until the watch shows what
 * was asked for. Blocks, within one time for all of it.
 */
final class Takeover {

    private static final int BOOT_LENGTH = 16;
    private static final String BOOT_CHARACTERS = "0123456789abcdefghijklmnopqrstuvwxyz";

    private final Sidecar sidecar;
    private final Duration timeout;
    private final Duration patience;
    private final long started = System.nanoTime();

    /**
     * The time begins now.
     *
     * @param timeout of all of it
     * @param patience how long something that is no sidecar may answer before it is believed
     */
    Takeover(Sidecar sidecar, Duration timeout, Duration patience) {
        this.sidecar = sidecar;
        this.timeout = timeout;
        this.patience = patience;
    }

    /** A boot of this process, which no other has. */
    static String newBoot() {
        SecureRandom random = new SecureRandom();
        StringBuilder boot = new StringBuilder(BOOT_LENGTH);
        for (int i = 0; i < BOOT_LENGTH; i++) {
            boot.append(BOOT_CHARACTERS.charAt(random.nextInt(BOOT_CHARACTERS.length())));
        }
        return boot.toString();
    }

    /**
     * The GameServer, once the sidecar is up.
     *
     * @throws PlatformException if that was not within the time
     */
    Sighting awaitSidecar() {
        Retry retry = new Retry("waiting for Agones' sidecar at " + sidecar.address());
        while (true) {
            SidecarException error;
            try {
                Sighting first = sidecar.gameServer().get();
                retry.succeeded();
                return first;
            } catch (ExecutionException e) {
                error = SidecarException.failed("the sidecar", e);
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
            long wait = retry.failed(error.problem()).toNanos();
            long spent = System.nanoTime() - started;
            if (error.kind() == Kind.NO_SIDECAR && spent > patience.toNanos()) {
                throw new PlatformException(error.problem(), error);
            }
            if (spent + wait > timeout.toNanos()) {
                throw new PlatformException(
                        "Agones' sidecar at %s did not tell of the GameServer within %s: %s. Does this process run in a GameServer, and is AGONES_SDK_HTTP_PORT its gateway's port?"
                                .formatted(sidecar.address(), timeout, error.problem()),
                        error);
            }
            try {
                TimeUnit.NANOSECONDS.sleep(wait);
            } catch (InterruptedException e) {
                throw interrupted(e);
            }
        }
    }

    /**
     * Waits until it is shown, in what is left of the time.
     *
     * @return false if the time has passed before
     */
    boolean await(CompletableFuture<Void> shown) {
        try {
            shown.get(Math.max(0, timeout.toNanos() - (System.nanoTime() - started)), NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new PlatformException(String.valueOf(e.getMessage()), e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static PlatformException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new PlatformException("the thread was interrupted while it took the pod over", e);
    }
}
