package kit.orchestration.ledger;

import java.util.Objects;
import java.util.Optional;
import kit.orchestration.Limits;

/**
 * What an allocator leaves for a pod on Agones beside its claims: a value of the list {@link AgonesNames#NOTES}. Agones
 * adds it in the same write as a claim, drops what is there already, and finds a GameServer by it. Allocators only add;
 * the pod takes out what is of no more use.
 *
 * @param kind what it is
 * @param text what it says: letters, digits, and no spaces
 */
public record AgonesNote(Kind kind, String text) {

    /** What notes there are. */
    public enum Kind {
        /** A public key of the allocator, by which its tokens are checked. */
        KEY("key"),
        /** The digest of a request's id, whose session is here. */
        REQUEST("request"),
        /** The key of a claim that is released. */
        RELEASED("released");

        private final String word;

        Kind(String word) {
            this.word = word;
        }
    }

    /** Checks that it is one word. */
    public AgonesNote {
        Objects.requireNonNull(kind, "kind must not be null");
        if (text.isEmpty() || text.indexOf(' ') >= 0) {
            throw new IllegalArgumentException("text must be one word, was " + Limits.quote(text));
        }
    }

    /** That a session of this request is here: found by the id, whatever else the request says. */
    public static AgonesNote request(RequestDigest digest) {
        return new AgonesNote(Kind.REQUEST, digest.id());
    }

    /** The value of the list, {@code key …}, {@code request …} or {@code released …}, which {@link #parse} reads. */
    public String format() {
        return kind.word + ' ' + text;
    }

    /** The note that a value of the list is; empty if it is none of these. */
    public static Optional<AgonesNote> parse(String value) {
        int space = value.indexOf(' ');
        for (Kind kind : Kind.values()) {
            if (space > 0 && value.startsWith(kind.word) && kind.word.length() == space) {
                String text = value.substring(space + 1);
                return text.isEmpty() || text.indexOf(' ') >= 0
                        ? Optional.empty()
                        : Optional.of(new AgonesNote(kind, text));
            }
        }
        return Optional.empty();
    }
}
