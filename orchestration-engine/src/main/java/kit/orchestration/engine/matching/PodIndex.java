package kit.orchestration.engine.matching;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import kit.orchestration.engine.PodState;
import org.jspecify.annotations.Nullable;

/**
 * The pods of a pool, found by the selectors that are asked for. Each set of selectors in use has a {@link PodView};
 * when there are {@value #MAX_VIEWS}, the one unused for longest goes, unless somebody leans on it. A new view is
 * filled from the rarest of its labels, so that asking for a pod by a label of its own (a StatefulSet's pod name) costs
 * little too.
 */
final class PodIndex {

    /** Live views, at most, but for those that somebody leans on: a pod's change is told to each that it matches. */
    static final int MAX_VIEWS = 256;

    /** What the index knows of a pod: its place in each view that it matches, and what is shown of it there. */
    static final class Listing {
        @Nullable
        List<PodView.Entry> entries;

        int room;
        PickOrder order = PickOrder.UNRANKED;
        PodState state = PodState.NOT_READY;
        int blockedRoom;
        /** Whether some of the room that is left was blocked once. */
        private boolean wasBlocked;

        private long taken;
        private long takenByOthers;
        /** What {@link Totals} hold of it. */
        private int held;

        /** Its place in a view, if the pod is in that. */
        OptionalInt placeIn(PodView view) {
            return entries == null
                    ? OptionalInt.empty()
                    : entries.stream()
                            .filter(entry -> entry.view == view)
                            .mapToInt(entry -> entry.place)
                            .findFirst();
        }

        /** Whether the pod is in the index. */
        boolean isListed() {
            return entries != null;
        }

        private void show(Candidate pod, int newRoom, PickOrder newOrder, int newBlockedRoom) {
            room = newRoom;
            order = newOrder;
            state = pod.state;
            blockedRoom = newBlockedRoom;
            wasBlocked = newBlockedRoom > 0 || (wasBlocked && newRoom > 0);
            taken = pod.slots.taken();
            takenByOthers = pod.slots.takenByOthers();
            held = pod.slots.held();
        }
    }

    private final Set<Candidate> pods = new LinkedHashSet<>();
    private final Map<Map.Entry<String, String>, Set<Candidate>> byLabel = new HashMap<>();
    private final Map<Demand, PodView> views = new HashMap<>();
    private final Totals totals = new Totals();
    private long picks;

    Totals totals() {
        return totals;
    }

    int size() {
        return pods.size();
    }

    /**
     * The view of a demand's selectors, made if there is none. It has the pods that the demand leaves out, too: those
     * are few, and differ with each call.
     */
    PodView view(Demand demand) {
        PodView view = views.get(demand.all());
        if (view == null) {
            view = create(demand.all());
        }
        view.lastUsed = ++picks;
        return view;
    }

    /** As {@link #view}, and it stays until it is let go. */
    PodView leanOn(Demand demand) {
        PodView view = view(demand);
        view.users++;
        return view;
    }

    void letGo(PodView view) {
        if (--view.users == 0 && views.size() > MAX_VIEWS) {
            drop(view);
        }
    }

    void add(Candidate pod) {
        pods.add(pod);
        pod.labels
                .entrySet()
                .forEach(label -> byLabel.computeIfAbsent(
                                Map.entry(label.getKey(), label.getValue()), l -> new LinkedHashSet<>(2))
                        .add(pod));
        pod.listing.show(pod, pod.room(), pod.order(), pod.blockedRoom());
        totals.count(pod.state, pod.capacity(), pod.slots.held(), 1);
        List<PodView.Entry> entries = new ArrayList<>();
        for (PodView view : views.values()) {
            if (view.demand().matches(pod)) {
                entries.add(view.add(pod));
            }
        }
        pod.listing.entries = entries;
    }

    /** Does nothing if it is not here. */
    void remove(Candidate pod) {
        List<PodView.Entry> entries = pod.listing.entries;
        if (entries == null) {
            return;
        }
        pods.remove(pod);
        totals.count(pod.listing.state, pod.capacity(), pod.listing.held, -1);
        pod.labels.entrySet().forEach(label -> {
            Set<Candidate> sharing = byLabel.get(label);
            if (sharing != null && sharing.remove(pod) && sharing.isEmpty()) {
                byLabel.remove(label);
            }
        });
        for (PodView.Entry entry : entries) {
            entry.view.remove(pod, entry.place);
        }
        pod.listing.entries = null;
    }

    /** The pod's room, state, order or held slots have changed; does nothing if it is not here. */
    void update(Candidate pod) {
        Listing shown = pod.listing;
        List<PodView.Entry> entries = shown.entries;
        if (entries == null) {
            return;
        }
        if (shown.held != pod.slots.held() || shown.state != pod.state) {
            totals.count(shown.state, pod.capacity(), shown.held, -1);
            totals.count(pod.state, pod.capacity(), pod.slots.held(), 1);
            shown.held = pod.slots.held();
        }
        int room = pod.room();
        PickOrder order = pod.order();
        int blocked = pod.blockedRoom();
        long reserved = pod.slots.taken() - shown.taken;
        long byOthers = pod.slots.takenByOthers() - shown.takenByOthers;
        if (shown.room == room
                && shown.order == order
                && shown.state == pod.state
                && shown.blockedRoom == blocked
                && reserved == 0
                && byOthers == 0) {
            return; // As when a reserved slot becomes a held one.
        }
        long more = shown.wasBlocked ? reserved : 0;
        for (int i = 0; i < entries.size(); i++) {
            PodView.Entry entry = entries.get(i);
            entry.view.update(entry.place, shown, pod.state, room, order, blocked);
            entry.view.taken(more, byOthers);
        }
        shown.show(pod, room, order, blocked);
    }

    private PodView create(Demand demand) {
        if (views.size() >= MAX_VIEWS) {
            dropOldestView();
        }
        PodView view = new PodView(demand);
        views.put(demand, view);
        for (Candidate pod : candidates(demand)) {
            List<PodView.Entry> entries = pod.listing.entries;
            if (entries != null && demand.matches(pod)) {
                entries.add(view.add(pod));
            }
        }
        return view;
    }

    private Collection<Candidate> candidates(Demand demand) {
        Collection<Candidate> rarest = pods;
        for (Map.Entry<String, String> pair : demand.selectors().entrySet()) {
            Set<Candidate> sharing = byLabel.getOrDefault(pair, Set.of());
            if (sharing.size() < rarest.size()) {
                rarest = sharing;
            }
        }
        return rarest;
    }

    private void dropOldestView() {
        PodView oldest = null;
        for (PodView view : views.values()) {
            if (view.users == 0 && (oldest == null || view.lastUsed < oldest.lastUsed)) {
                oldest = view;
            }
        }
        if (oldest != null) {
            drop(oldest);
        }
    }

    private void drop(PodView dropped) {
        views.remove(dropped.demand());
        for (Candidate pod : candidates(dropped.demand())) {
            List<PodView.Entry> entries = pod.listing.entries;
            if (entries != null) {
                entries.removeIf(entry -> entry.view == dropped);
            }
        }
    }
}
