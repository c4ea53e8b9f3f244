package kit.orchestration.agones;

import org.jspecify.annotations.Nullable;

/**
 * What a look at a pool's servers has shown, when nothing would land there and nothing ever had: a refusal is all that
 * Agones says of a pool that does not exist, of a list that no server has, and of servers that are full.
 *
 * @param exists whether a server of that Fleet was found
 * @param complaint what is wrong with its list; null if nothing is
 * @param note what else was seen
 */
record Diagnosis(boolean exists, @Nullable String complaint, String note) {

    static final Diagnosis NOTHING_FOUND = new Diagnosis(false, null, "no GameServer of that Fleet was found");

    static Diagnosis of(Answer answer, String listKey, boolean withSdk) {
        return new Diagnosis(
                true,
                answer.complaint(listKey, withSdk),
                withSdk && !answer.isOpen()
                        ? "GameServer %s is there, but its SDK does not say that it takes sessions"
                                .formatted(answer.name())
                        : "GameServer %s is there".formatted(answer.name()));
    }
}
