package kit.orchestration.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is wrong between processes and the API server, when, and for whom. */
final class Weather {

    enum Trouble {
        /** Calls and watches take up to seconds. */
        SLOW,
        /** A call may not arrive, or long after its caller has given it up. */
        LOSES_CALLS,
        /** A call's answer may not come. */
        LOSES_ANSWERS,
        /** No connection is made; watches stand. */
        REFUSES,
        /** 429, and a time to stay away. */
        BUSY,
        /** 500, and it is not done. */
        FAILS,
        /** 504, and it is done later, or not. */
        TIMES_OUT,
        /** Writes alone are answered by 429 or 503. */
        READ_ONLY,
        /** Watches that tell something in this time tell nothing any more, and stand. */
        STALLS,
        /** Watches break now and then. */
        BREAKS
    }

    /** What was sent in it and has no answer is known to have none so much later. */
    private static final Duration LINGERS = Duration.ofSeconds(6);

    /** And a pod takes a watch for dead that has said nothing for so long. */
    private static final Duration STALL_LINGERS = Duration.ofSeconds(95);

    private record Spell(Trouble trouble, @Nullable String whose, long from, long until, double share) {}

    private final VirtualTime time;
    private final List<Spell> spells = new ArrayList<>();

    Weather(VirtualTime time) {
        this.time = time;
    }

    /** A process's, or those of a pod's, or everybody's if that is null; of each call with that share. */
    void add(Trouble trouble, @Nullable String whose, long from, long until, double share) {
        spells.add(new Spell(trouble, whose, from, until, share));
    }

    /** Whether a call of this process meets it now. */
    boolean hits(Trouble trouble, String process) {
        for (Spell spell : spells) {
            if (spell.trouble == trouble && isNow(spell) && concerns(spell, process) && time.perhaps(spell.share)) {
                return true;
            }
        }
        return false;
    }

    /** Whether any trouble of this process, or of all, was since then. */
    boolean wasBad(String process, long since) {
        return spells.stream()
                .anyMatch(spell -> concerns(spell, process)
                        && spell.from <= time.now()
                        && spell.until >= since - lingers(spell.trouble).toNanos());
    }

    private static Duration lingers(Trouble trouble) {
        return trouble == Trouble.STALLS ? STALL_LINGERS : LINGERS;
    }

    private boolean isNow(Spell spell) {
        return spell.from <= time.now() && time.now() < spell.until;
    }

    private static boolean concerns(Spell spell, String process) {
        return spell.whose == null || process.equals(spell.whose) || process.startsWith(spell.whose + "#");
    }
}
