package kit.orchestration.engine.matching;

import java.util.Arrays;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.ToIntFunction;
import kit.orchestration.Allocator.Placement;
import kit.orchestration.NoCapacityException.PodCounts;
import kit.orchestration.engine.PodState;
import org.jspecify.annotations.Nullable;

/**
 * The pods that match one set of selectors, by order and by how many slots they have free: a pick costs the same with
 * ten pods as with a hundred thousand.
 */
final class PodView {

    /** A pod's place in a view. */
    static final class Entry {
        final PodView view;
        final int place;

        private Entry(PodView view, int place) {
            this.view = view;
            this.place = place;
        }
    }

    private final Demand demand;
    private final RoomLists lists = new RoomLists();

    /** The pod at each place of {@link #lists}; null where there is none. */
    private @Nullable Candidate[] pods = new Candidate[16];

    private int ready;
    private int notReady;
    private int misconfigured;
    private int draining;
    private int room;
    private int blockedRoom;
    private long taken;
    private long takenByOthers;

    /** When the view was last asked, in picks. */
    long lastUsed;
    /** How many lean on it: while any does it is not dropped. */
    int users;

    PodView(Demand demand) {
        this.demand = demand;
    }

    Demand demand() {
        return demand;
    }

    /** As {@link #pick(Placement)}, with some pods left out. */
    @Nullable
    Candidate pick(Placement placement, Set<Candidate> but) {
        if (but.isEmpty()) {
            return pick(placement);
        }
        forEach(but, (shown, place) -> lists.unlink(place, shown.order, shown.room));
        Candidate pod = pick(placement);
        forEach(but, (shown, place) -> lists.link(place, shown.order, shown.room));
        return pod;
    }

    private void forEach(Set<Candidate> those, BiConsumer<PodIndex.Listing, Integer> what) {
        for (Candidate pod : those) {
            pod.listing.placeIn(this).ifPresent(place -> what.accept(pod.listing, place));
        }
    }

    /** The pod that the next session goes to, null if none has room. */
    @Nullable
    Candidate pick(Placement placement) {
        int place = placement == Placement.PACKED ? lists.fullest() : lists.emptiest();
        return place == RoomLists.NONE ? null : pods[place];
    }

    /** How many of them take sessions, but for some. */
    int ready(Set<Candidate> but) {
        return ready - sum(but, shown -> shown.state == PodState.READY ? 1 : 0);
    }

    /** How many of them take sessions, or may in a while, but for some. */
    int staying(Set<Candidate> but) {
        return ready + notReady + misconfigured - sum(but, shown -> shown.state == PodState.DRAINING ? 0 : 1);
    }

    /** Free slots that can't be reserved yet, but for those of some pods. */
    int blockedRoom(Set<Candidate> but) {
        return blockedRoom - sum(but, shown -> shown.blockedRoom);
    }

    /** Of those of them that are here. */
    private int sum(Set<Candidate> pods, ToIntFunction<PodIndex.Listing> number) {
        return pods.isEmpty()
                ? 0
                : pods.stream()
                        .map(pod -> pod.listing)
                        .filter(shown -> shown.placeIn(this).isPresent())
                        .mapToInt(number)
                        .sum();
    }

    /** Free slots that may be reserved now, or in a moment. */
    int room() {
        return room + blockedRoom;
    }

    /** Free slots that can't be reserved before a batch has departed, or was answered. */
    int blockedRoom() {
        return blockedRoom;
    }

    /** How many slots were ever reserved of pods whose room, or some of it, had been blocked. */
    long taken() {
        return taken;
    }

    /** How many slots were ever seen to go to callers of other allocators. */
    long takenByOthers() {
        return takenByOthers;
    }

    Entry add(Candidate pod) {
        int place = lists.take();
        if (place == pods.length) {
            pods = Arrays.copyOf(pods, place * 2);
        }
        pods[place] = pod;
        PodIndex.Listing shown = pod.listing;
        lists.link(place, shown.order, shown.room);
        count(shown.state, 1);
        room += shown.room;
        blockedRoom += shown.blockedRoom;
        return new Entry(this, place);
    }

    void remove(Candidate pod, int place) {
        PodIndex.Listing shown = pod.listing;
        lists.unlink(place, shown.order, shown.room);
        count(shown.state, -1);
        room -= shown.room;
        blockedRoom -= shown.blockedRoom;
        pods[place] = null;
        lists.giveBack(place);
    }

    /** A pod is not as shown any more, but as given. */
    void update(int place, PodIndex.Listing shown, PodState state, int free, PickOrder order, int blocked) {
        if (shown.room != free || shown.order != order) {
            lists.unlink(place, shown.order, shown.room);
            lists.link(place, order, free);
        }
        if (shown.state != state) {
            count(shown.state, -1);
            count(state, 1);
        }
        room += free - shown.room;
        blockedRoom += blocked - shown.blockedRoom;
    }

    /** So many slots that were blocked were taken, and so many others have taken. */
    void taken(long blocked, long byOthers) {
        taken += blocked;
        takenByOthers += byOthers;
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
}
