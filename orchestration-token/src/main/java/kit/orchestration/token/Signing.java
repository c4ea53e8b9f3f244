package kit.orchestration.token;

/** A key that signs. Safe for any number of threads at once; none waits for another. */
interface Signing {

    byte[] sign(byte[] input);

    /** Who does the arithmetic: the name and version of the JCA provider. */
    String provider();
}
