package kit.orchestration.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The pods of a pool, found by the selectors that are asked for. Each set of selectors in use has a {@link PodView}; when
 * there are {@value #MAX_VIEWS}, the one unused for longest goes. A new view is filled from the rarest of its labels, so
 * that asking for a pod by a label of its own (a StatefulSet's pod name) costs little too. Guarded by the pool's lock.
 */
final class PodIndex<H> {

    /** Live views, at most: a pod's change is told to each that it matches. */
    static final int MAX_VIEWS = 256;

    /** A power of two. */
    private static final int RECENT = 64;

    private final Set<Pod<H>> pods = new LinkedHashSet<>();
    private final Map<Map.Entry<String, String>, Set<Pod<H>>> byLabel = new HashMap<>();
    private final Map<Map<String, String>, PodView<H>> views = new HashMap<>();
    private final Totals totals = new Totals();
    private long picks;

    /**
     * Views that were asked for by these very maps, at the map's identity hash: a matchmaker has few selector sets, most of
     * them constants, and a map's own hash and equals are the dearest part of a pick.
     */
    private final @Nullable PodView<H>[] recent = recent();

    private final @Nullable Object[] recentSelectors = new Object[RECENT];

    Totals totals() {
        return totals;
    }

    int size() {
        return pods.size();
    }

    /** The view of these selectors, made if there is none. */
    PodView<H> view(Map<String, String> selectors) {
        int at = System.identityHashCode(selectors) & RECENT - 1;
        PodView<H> view = recent[at];
        if (view == null || recentSelectors[at] != selectors) {
            view = views.get(selectors);
            if (view == null) {
                view = create(selectors);
            }
            recent[at] = view;
            recentSelectors[at] = selectors;
        }
        view.lastUsed = ++picks;
        return view;
    }

    void add(Pod<H> pod) {
        pods.add(pod);
        pod.indexed = true;
        totals.count(pod);
        pod.labels
                .entrySet()
                .forEach(label -> byLabel.computeIfAbsent(
                                Map.entry(label.getKey(), label.getValue()), l -> new LinkedHashSet<>(2))
                        .add(pod));
        pod.shown();
        List<PodView.Entry<H>> entries = new ArrayList<>();
        for (PodView<H> view : views.values()) {
            if (view.matches(pod.labels)) {
                entries.add(view.add(pod));
            }
        }
        pod.entries = entries;
    }

    /** Does nothing if it is not here. */
    void remove(Pod<H> pod) {
        if (!pod.indexed) {
            return;
        }
        pods.remove(pod);
        pod.indexed = false;
        totals.uncount(pod);
        pod.labels.entrySet().forEach(label -> {
            Set<Pod<H>> sharing = byLabel.get(label);
            if (sharing != null && sharing.remove(pod) && sharing.isEmpty()) {
                byLabel.remove(label);
            }
        });
        for (PodView.Entry<H> entry : pod.entries) {
            entry.view.remove(pod, entry.place);
        }
        pod.entries = List.of();
    }

    /** The pod's room, state, order or held slots have changed; does nothing if it is not here. */
    void update(Pod<H> pod) {
        if (!pod.indexed) {
            return;
        }
        totals.count(pod);
        if (pod.isShown()) {
            return; // As when a reserved slot becomes a held one.
        }
        List<PodView.Entry<H>> entries = pod.entries;
        for (int i = 0; i < entries.size(); i++) {
            PodView.Entry<H> entry = entries.get(i);
            entry.view.update(pod, entry.place);
        }
        pod.shown();
    }

    private PodView<H> create(Map<String, String> selectors) {
        if (views.size() >= MAX_VIEWS) {
            dropOldestView();
        }
        PodView<H> view = new PodView<>(selectors);
        views.put(selectors, view);
        for (Pod<H> pod : candidates(selectors)) {
            if (view.matches(pod.labels)) {
                pod.entries.add(view.add(pod));
            }
        }
        return view;
    }

    private Collection<Pod<H>> candidates(Map<String, String> selectors) {
        Collection<Pod<H>> rarest = pods;
        for (Map.Entry<String, String> pair : selectors.entrySet()) {
            Set<Pod<H>> sharing = byLabel.getOrDefault(pair, Set.of());
            if (sharing.size() < rarest.size()) {
                rarest = sharing;
            }
        }
        return rarest;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static <H> @Nullable PodView<H>[] recent() {
        return new PodView[RECENT];
    }

    private void dropOldestView() {
        PodView<H> oldest = null;
        for (PodView<H> view : views.values()) {
            if (oldest == null || view.lastUsed < oldest.lastUsed) {
                oldest = view;
            }
        }
        if (oldest == null) {
            return;
        }
        views.remove(oldest.selectors());
        Arrays.fill(recent, null);
        Arrays.fill(recentSelectors, null);
        PodView<H> dropped = oldest;
        for (Pod<H> pod : candidates(dropped.selectors())) {
            pod.entries.removeIf(entry -> entry.view == dropped);
        }
    }
}
