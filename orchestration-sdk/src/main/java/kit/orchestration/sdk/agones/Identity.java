package kit.orchestration.sdk.agones;

import java.util.Objects;
import kit.orchestration.Limits;
import kit.orchestration.ledger.AgonesNames;
import kit.orchestration.sdk.PlatformException;
import org.jspecify.annotations.Nullable;

/**
 * Which GameServer this process runs in, and what it hosts.
 *
 * @param gameServer its name
 * @param pool its Fleet, or what was given instead
 * @param list the list of sessions
 * @param capacity how many sessions it hosts at once
 */
record Identity(String gameServer, String pool, String list, int capacity) {

    /**
     * Reads it.
     *
     * @param pool null for the Fleet's name
     * @throws PlatformException if the GameServer is not set up for sessions; the message says what to put into the
     *     Fleet
     */
    static Identity of(Sighting sighting, String list, @Nullable String pool) {
        String name = sighting.server().name();
        AgonesList found = sighting.lists().get(list);
        if (found == null) {
            throw new PlatformException(
                    ("GameServer %s has no list \"%s\", only %s. Put it into the Fleet, under "
                                    + "spec.template.spec:%n  lists:%n    %s:%n      capacity: 10%nor name another "
                                    + "with AgonesPlatform.builder().list(...)")
                            .formatted(name, list, sighting.lists().keySet(), list),
                    null);
        }
        if (found.capacity() < 1 || found.capacity() > AgonesNames.MAX_CAPACITY) {
            throw new PlatformException(
                    ("list \"%s\" of GameServer %s must have a capacity of 1 to %s, and has %s. Mend it in the "
                                    + "Fleet: spec.template.spec.lists.%s.capacity is how many sessions a server hosts "
                                    + "at once")
                            .formatted(list, name, AgonesNames.MAX_CAPACITY, found.capacity(), list),
                    null);
        }
        AgonesList notes = sighting.list(AgonesNames.NOTES);
        if (notes.capacity() < AgonesNames.MAX_CAPACITY) {
            throw new PlatformException(
                    ("GameServer %s must have a list \"%s\" with a capacity of %s, for what allocators leave for "
                                    + "this process, and %s. Put it into the Fleet, under "
                                    + "spec.template.spec:%n  lists:%n    %s:%n      capacity: %s")
                            .formatted(
                                    name,
                                    AgonesNames.NOTES,
                                    AgonesNames.MAX_CAPACITY,
                                    notes.capacity() == 0 ? "has none" : "has one of " + notes.capacity(),
                                    AgonesNames.NOTES,
                                    AgonesNames.MAX_CAPACITY),
                    null);
        }
        return new Identity(name, pool != null ? pool : fleet(sighting), list, (int) found.capacity());
    }

    private static String fleet(Sighting sighting) {
        String fleet = sighting.server().labels().getOrDefault(AgonesNames.FLEET_LABEL, "");
        if (fleet.isEmpty()) {
            throw new PlatformException(
                    ("GameServer %s is of no Fleet: it has no label %s. Deploy it by a Fleet, or name its pool "
                                    + "with AgonesPlatform.builder().pool(...)")
                            .formatted(sighting.server().name(), AgonesNames.FLEET_LABEL),
                    null);
        }
        try {
            Limits.checkPool(fleet);
        } catch (IllegalArgumentException e) {
            throw new PlatformException(
                    "the Fleet's name is no name of a pool: %s. Name the Fleet differently".formatted(e.getMessage()),
                    e);
        }
        return Objects.requireNonNull(fleet);
    }
}
