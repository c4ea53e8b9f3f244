package kit.orchestration.k8s.scale;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import kit.orchestration.Limits;

/**
 * Which pods are a target's own, as its scale says it: {@code app=duel,track=stable}. What a {@code matchLabels} says,
 * and no more.
 */
final class LabelSelector {

    private static final Pattern PAIR = Pattern.compile("([A-Za-z0-9./_-]+)==?([A-Za-z0-9._-]*)");

    private final Map<String, String> labels;

    private LabelSelector(Map<String, String> labels) {
        this.labels = labels;
    }

    /**
     * What a text selects: all pods, if it is empty.
     *
     * @throws IllegalStateException if it has anything but pairs
     */
    static LabelSelector parse(String text) {
        Map<String, String> labels = new LinkedHashMap<>();
        for (String part : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            Matcher pair = PAIR.matcher(part);
            if (!pair.matches()) {
                throw new IllegalStateException(
                        "the target's selector must be of matchLabels alone, so that its own pods are known: was "
                                + Limits.quote(text));
            }
            labels.put(pair.group(1), pair.group(2));
        }
        return new LabelSelector(labels);
    }

    boolean selects(Map<String, String> labelsOfPod) {
        return labelsOfPod.entrySet().containsAll(labels.entrySet());
    }
}
