package kit.orchestration.examples.arena.match;

import kit.orchestration.Token;

/** The ways in which a token can be bad. Each must be refused; which kind it is, is said in the journal. */
enum Mischief {
    /** True in every word, and signed with a key of the forger's. */
    OTHER_KEY("forged: another key"),
    /** True in every word, and not signed: {@code alg: none} (RFC 8725, 2.1). */
    ALG_NONE("forged: alg none"),
    /** Cut short. */
    CUT("forged: cut"),
    /** For another slot than it was signed for. */
    CHANGED("forged: changed"),
    /** Not a token at all. */
    GARBAGE("forged: garbage"),
    /** A good token, shown to another pod. */
    FOREIGN("foreign"),
    /** A good token, shown when its session has ended. */
    REPLAYED("replayed"),
    /** A good token whose player comes too late. */
    EXPIRED("expired");

    private final String kind;

    Mischief(String kind) {
        this.kind = kind;
    }

    /** What the journal calls it. */
    String kind() {
        return kind;
    }

    /** What an impostor shows that has got hold of a good token. */
    String token(Token good) {
        return switch (this) {
            case OTHER_KEY -> Forger.signedByAnother(good);
            case ALG_NONE -> Forger.unsigned(good);
            case CUT -> Forger.cut(good);
            case CHANGED -> Forger.changed(good);
            case GARBAGE -> Forger.garbage();
            case FOREIGN, REPLAYED, EXPIRED -> good.encoded();
        };
    }
}
