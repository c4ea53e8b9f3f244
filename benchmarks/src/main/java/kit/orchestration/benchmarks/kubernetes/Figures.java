package kit.orchestration.benchmarks.kubernetes;

import java.util.LinkedHashMap;
import java.util.Map;

/** All that was measured, in the end. */
final class Figures {

    static final String RAW_1 = "raw1";
    static final String RAW_16 = "raw16";
    static final String ONE_CALLER = "c1";
    static final String MOST_CALLERS = "c256";
    static final String FOUR = "four";
    static final String FULL = "full";

    private final Map<String, Tally> tallies = new LinkedHashMap<>();
    private int packedSerial;
    private int packedBurst;
    private int packedBurstFour;
    private double pickMicros;
    private double fullClaimMillis;
    private double fullLongestBefore;
    private double fullServed;

    /** Of a run, of all rounds. */
    Tally of(String run) {
        return tallies.computeIfAbsent(run, name -> new Tally());
    }

    /** All runs whose processor time was counted, in order. */
    Map<String, Tally> all() {
        Map<String, Tally> all = new LinkedHashMap<>(tallies);
        all.remove(FULL);
        return all;
    }

    /** The runs of the allocator, in order. */
    Map<String, Tally> runs() {
        Map<String, Tally> runs = all();
        runs.remove(RAW_1);
        runs.remove(RAW_16);
        return runs;
    }

    void packed(int serial, int burst, int burstFour) {
        packedSerial = serial;
        packedBurst = burst;
        packedBurstFour = burstFour;
    }

    int packedSerial() {
        return packedSerial;
    }

    int packedBurst() {
        return packedBurst;
    }

    int packedBurstFour() {
        return packedBurstFour;
    }

    /** The p99 of claim calls while the pool was full. */
    void full(double claimMillis, double longestRefusalBefore, double servedPerSecond) {
        fullServed = servedPerSecond;
        fullClaimMillis = claimMillis;
        fullLongestBefore = longestRefusalBefore;
    }

    double fullServed() {
        return fullServed;
    }

    double fullLongestBefore() {
        return fullLongestBefore;
    }

    double fullClaimMillis() {
        return fullClaimMillis;
    }

    /** On the pool of {@value Plan#PODS} pods. */
    void pickMicros(double micros) {
        pickMicros = micros;
    }

    double pickMicros() {
        return pickMicros;
    }
}
