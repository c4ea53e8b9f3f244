package kit.orchestration.examples.arena.plant;

import java.util.List;
import java.util.Optional;

/** The faults that there are. */
public final class Plants {

    /** What they are called. */
    public static final List<String> NAMES = List.of("accept", "double", "lost");

    private Plants() {}

    /** The fault of this name, to be built into one run; empty if there is none. */
    public static Optional<Plant> named(String name) {
        return Optional.ofNullable(
                switch (name) {
                    case "accept" -> new AcceptPlant();
                    case "double" -> new DoublePlant();
                    case "lost" -> new LostPlant();
                    default -> null;
                });
    }
}
