package kit.orchestration.agones.standin;

/** A write was computed from a version that is no longer the newest, or the GameServer is gone. */
final class ConflictException extends Exception {

    private static final long serialVersionUID = 1L;

    ConflictException(String name) {
        super("the GameServer %s has been modified, or is gone".formatted(name));
    }
}
