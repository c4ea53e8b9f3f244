package kit.orchestration.benchmarks.scaling;

import java.util.Arrays;

/** What was seen of a pool on a day, from midnight on. */
final class Observations {

    private static final int DAY = 24 * DayLoad.HOUR;

    private final int[] free = new int[DAY];
    private final int[] waits = new int[DAY];
    private int waited;
    private int sessions;
    private int longest;
    private long podSeconds;
    private long heldSeconds;
    private int most;
    private int cut;

    void second(int now, int freeSlots, int held, int pods) {
        if (now >= 0 && now < DAY) {
            free[now] = freeSlots;
            podSeconds += pods;
            heldSeconds += held;
            most = Math.max(most, pods);
        }
    }

    /** A session that was asked for at that time began so many seconds later. */
    void placed(int asked, int seconds) {
        if (asked >= 0) {
            sessions++;
            waited += seconds > 0 ? 1 : 0;
            waits[Math.min(seconds, DAY - 1)]++;
            longest = Math.max(longest, seconds);
        }
    }

    void cut(int now, int count) {
        cut += now >= 0 ? count : 0;
    }

    int sessions() {
        return sessions;
    }

    int cut() {
        return cut;
    }

    /** Of a hundred sessions, how many had to wait. */
    double waitedPercent() {
        return 100.0 * waited / sessions;
    }

    int longestWait() {
        return longest;
    }

    /** What so large a part of the sessions waited at most, in seconds. */
    int wait(double part) {
        long left = (long) Math.ceil(part * sessions);
        int seconds = 0;
        for (left -= waits[0]; left > 0; left -= waits[seconds]) {
            seconds++;
        }
        return seconds;
    }

    double podHours() {
        return podSeconds / 3_600.0;
    }

    int mostPods() {
        return most;
    }

    /** Of a hundred slots that were paid for, how many were held. */
    double usePercent() {
        return 100.0 * heldSeconds / (podSeconds * GamePod.SLOTS);
    }

    double meanFree() {
        return Arrays.stream(free).average().orElse(0);
    }

    /** How few slots were free for a hundredth of the day. */
    int fewestFree() {
        int[] sorted = free.clone();
        Arrays.sort(sorted);
        return sorted[DAY / 100];
    }
}
