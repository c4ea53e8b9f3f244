package kit.orchestration.sdk.agones;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import kit.orchestration.ledger.AgonesNames;

/** The claims that allocators have released, as the GameServer's annotations tell. Confined to one thread; no I/O. */
final class Releases {

    private final Map<String, String> texts = new HashMap<>();

    /**
     * Takes the annotations over.
     *
     * @param released is told of each key in one that is new or has changed
     */
    void update(Map<String, String> annotations, Consumer<String> released) {
        annotations.forEach((name, text) -> {
            if (AgonesNames.isReleasedAnnotation(name) && !text.equals(texts.put(name, text))) {
                for (String key : text.split(" ", -1)) {
                    released.accept(key);
                }
            }
        });
    }
}
