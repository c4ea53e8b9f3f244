package kit.orchestration.agones;

import com.google.protobuf.MessageLite;
import java.security.CodeSource;
import kit.orchestration.agones.wire.AllocationServiceGrpc;

/** Whether gRPC and protobuf are as this library was built for: an application may pin others. */
final class Libraries {

    private Libraries() {}

    /**
     * Loads what is needed for a call.
     *
     * @throws IllegalStateException if it does not fit; the message says what to do
     */
    static void check() {
        try {
            AllocationServiceGrpc.getAllocateMethod(); // with its messages
        } catch (LinkageError broken) {
            throw new IllegalStateException(advice(broken), broken);
        }
    }

    static String advice(LinkageError broken) {
        return "gRPC or protobuf on the class path is not one that orchestration-agones works with, protobuf is "
                + origin(MessageLite.class)
                + ": leave both in the versions that it declares, or take newer ones (mvn dependency:tree shows who"
                + " pins them): " + broken;
    }

    private static String origin(Class<?> type) {
        CodeSource source = type.getProtectionDomain().getCodeSource();
        return source == null || source.getLocation() == null
                ? "of unknown origin"
                : source.getLocation().getPath().replaceFirst(".*/(?=.)", "");
    }
}
