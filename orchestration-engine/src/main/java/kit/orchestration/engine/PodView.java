package kit.orchestration.engine;

import java.util.Arrays;
import java.util.Map;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.NoCapacityException.PodCounts;
import org.jspecify.annotations.Nullable;

/**
 * The pods that match one set of selectors, by order and by how many slots they have free: a pick costs the same with ten pods as with
 * a hundred thousand. Guarded by the pool's lock.
 */
final class PodView<H> {

    /** A pod's place in a view. */
    static final class Entry<H> {
        final PodView<H> view;
        final int place;

        private Entry(PodView<H> view, int place) {
            this.view = view;
            this.place = place;
        }
    }

    private final Map<String, String> selectors;
    private final RoomLists lists = new RoomLists();

    /** The pod at each place of {@link #lists}; null where there is none. */
    private @Nullable Pod<H>[] pods = pods(16);

    private int ready;
    private int notReady;
    private int misconfigured;
    private int draining;
    /** Pods with free slots that may not be reserved yet. */
    private int blockedWithRoom;

    /** When the view was last asked, in picks. */
    long lastUsed;

    PodView(Map<String, String> selectors) {
        this.selectors = selectors;
    }

    boolean matches(Map<String, String> labels) {
        return matches(selectors, labels);
    }

    static boolean matches(Map<String, String> selectors, Map<String, String> labels) {
        for (Map.Entry<String, String> pair : selectors.entrySet()) {
            if (!pair.getValue().equals(labels.get(pair.getKey()))) {
                return false;
            }
        }
        return true;
    }

    Map<String, String> selectors() {
        return selectors;
    }

    /** The pod that the next session goes to, null if none has room. */
    @Nullable
    Pod<H> pick(Placement placement) {
        int place = placement == Placement.PACKED ? lists.fullest() : lists.emptiest();
        return place == RoomLists.NONE ? null : pods[place];
    }

    /** Whether a pod will have room as soon as its batch has departed, or was answered. */
    boolean roomIsBlocked() {
        return blockedWithRoom > 0;
    }

    Entry<H> add(Pod<H> pod) {
        int place = lists.take();
        if (place == pods.length) {
            pods = Arrays.copyOf(pods, place * 2);
        }
        pods[place] = pod;
        count(pod.shownState, 1);
        blockedWithRoom += pod.shownBlocked ? 1 : 0;
        lists.link(place, pod.shownOrder, pod.shownRoom);
        return new Entry<>(this, place);
    }

    void remove(Pod<H> pod, int place) {
        lists.unlink(place, pod.shownOrder, pod.shownRoom);
        blockedWithRoom -= pod.shownBlocked ? 1 : 0;
        count(pod.shownState, -1);
        pods[place] = null;
        lists.giveBack(place);
    }

    /** The pod's room, order or state is no longer as shown. */
    void update(Pod<H> pod, int place) {
        int room = pod.room();
        PickOrder order = pod.order();
        if (pod.shownRoom != room || pod.shownOrder != order) {
            lists.unlink(place, pod.shownOrder, pod.shownRoom);
            lists.link(place, order, room);
        }
        if (pod.shownState != pod.state) {
            count(pod.shownState, -1);
            count(pod.state, 1);
        }
        blockedWithRoom += (pod.roomIsBlocked() ? 1 : 0) - (pod.shownBlocked ? 1 : 0);
    }

    /** The pods of the pool, by why they can't take a session; to be asked when no pod has room. */
    PodCounts counts(int seen) {
        return PodCounts.builder(seen)
                .notMatching(seen - ready - notReady - misconfigured - draining)
                .misconfigured(misconfigured)
                .notReady(notReady)
                .draining(draining)
                .full(ready)
                .build();
    }

    private void count(PodState state, int number) {
        switch (state) {
            case READY -> ready += number;
            case NOT_READY -> notReady += number;
            case MISCONFIGURED -> misconfigured += number;
            case DRAINING -> draining += number;
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static <H> @Nullable Pod<H>[] pods(int length) {
        return new Pod[length];
    }
}
