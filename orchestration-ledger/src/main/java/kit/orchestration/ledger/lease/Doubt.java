package kit.orchestration.ledger.lease;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Why what a {@link Watcher} has told may be old. A write may rest on it all the same, since it tests what it assumes;
 * to refuse somebody may not.
 *
 * @param why in words, for an error message: {@code the watch of leases was silent for 35 s}
 * @param cause the call that failed; null if none did
 */
public record Doubt(String why, @Nullable ApiException cause) {

    /** Whether somebody has to mend something: it does not pass by itself. */
    public boolean isRefusal() {
        return cause != null && cause.kind() == ApiException.Kind.FORBIDDEN;
    }

    /** The call that failed; empty if none did. */
    public Optional<ApiException> error() {
        return Optional.ofNullable(cause);
    }
}
