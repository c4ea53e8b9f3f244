package kit.orchestration.token;

/** A key that verifies. Safe for any number of threads at once; none waits for another. */
interface Verifying {

    boolean verify(byte[] input, byte[] signature);
}
