package kit.orchestration.examples.arena.backend;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The pods of a run.
 *
 * @param pods those that it begins with
 * @param leaving the one of them that is drained in the middle
 * @param coming the one that takes its place, as a new version is rolled out
 * @param planted those whose process gets the run's fault, where each pod is a process: they stay to the end, so that
 *     what is wrong there stays too
 */
public record Lineup(List<PodPlan> pods, PodPlan leaving, PodPlan coming, List<PodPlan> planted) {

    /** Three pods with eight slots each, in two regions. */
    public static final Lineup USUAL = usual(8);

    /** Copies the lists. */
    public Lineup {
        pods = List.copyOf(pods);
        planted = List.copyOf(planted);
    }

    private static Lineup usual(int slots) {
        PodPlan leaving = new PodPlan("eu-2", "eu", slots);
        PodPlan planted = new PodPlan("us-1", "us", slots);
        return new Lineup(
                List.of(new PodPlan("eu-1", "eu", slots), leaving, planted),
                leaving,
                new PodPlan("eu-3", "eu", slots),
                List.of(planted));
    }

    /** Whether the pod is not the one that is drained. */
    public boolean stays(PodPlan pod) {
        return !pod.equals(leaving);
    }

    /** The pods that are there when the one was drained and the other has come. */
    public List<PodPlan> last() {
        List<PodPlan> last = new ArrayList<>(pods);
        last.replaceAll(pod -> stays(pod) ? pod : coming);
        return last;
    }

    /** How many sessions all pods host at once. */
    public int slots() {
        return pods.stream().mapToInt(PodPlan::slots).sum();
    }

    /** The regions that pods are in, the one with the most slots first. */
    public List<String> regions() {
        Map<String, Integer> slots = new LinkedHashMap<>();
        pods.forEach(pod -> slots.merge(pod.region(), pod.slots(), Integer::sum));
        return slots.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .map(Map.Entry::getKey)
                .toList();
    }
}
