package kit.orchestration.agones;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import java.io.File;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import kit.orchestration.AllocateReq;
import kit.orchestration.BackendException;
import org.junit.jupiter.api.Test;

/** Applications that pin libraries of other versions. */
class LibrariesTest {

    /** As protobuf 3 has it: what is generated for protobuf 4 asks for its version first. */
    @Test
    void a_protobuf_that_is_too_old_is_said_when_the_allocator_is_built() throws Exception {
        try (URLClassLoader old = new URLClassLoader(classPath(), ClassLoader.getPlatformClassLoader()) {
            @Override
            protected Class<?> findClass(String name) throws ClassNotFoundException {
                if (name.equals("com.google.protobuf.RuntimeVersion")) {
                    throw new ClassNotFoundException(name);
                }
                return super.findClass(name);
            }
        }) {
            Object builder = old.loadClass(AgonesAllocator.class.getName())
                    .getMethod("builder")
                    .invoke(null);
            builder.getClass().getMethod("endpoints", String[].class).invoke(builder, (Object)
                    new String[] {"localhost:1"});
            builder.getClass().getMethod("plaintext").invoke(builder);

            assertThatThrownBy(() -> builder.getClass().getMethod("build").invoke(builder))
                    .isInstanceOf(InvocationTargetException.class)
                    .cause()
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("not one that orchestration-agones works with, protobuf is protobuf-java")
                    .hasMessageContaining("mvn dependency:tree")
                    .hasMessageContaining("com/google/protobuf/RuntimeVersion");
        }
    }

    /** More calls than may be under way: each has its permit back. */
    @Test
    void an_error_in_a_call_is_told_and_holds_nothing() throws Exception {
        try (AgonesAllocator allocator =
                AgonesAllocator.builder().channel(Broken::new).pools("duel").build()) {
            for (int i = 0; i < AgonesAllocator.CALLS + 1; i++) {
                assertThatThrownBy(() -> allocator.allocate(AllocateReq.of("duel")))
                        .isInstanceOf(BackendException.class)
                        .hasMessageContaining("not one that orchestration-agones works with")
                        .hasMessageContaining("NoSuchMethodError: getSerializedSize");
            }
        }
    }

    private static URL[] classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(LibrariesTest::url)
                .toArray(URL[]::new);
    }

    private static URL url(String path) {
        try {
            return new File(path).toURI().toURL();
        } catch (java.net.MalformedURLException e) {
            throw new AssertionError(e);
        }
    }

    /** Where the first call meets a method that is not there. */
    private static final class Broken extends ManagedChannel {

        @Override
        public <Q, A> ClientCall<Q, A> newCall(MethodDescriptor<Q, A> method, CallOptions options) {
            throw new NoSuchMethodError("getSerializedSize");
        }

        @Override
        public ConnectivityState getState(boolean connect) {
            return ConnectivityState.READY;
        }

        @Override
        public String authority() {
            return "localhost:1";
        }

        @Override
        public ManagedChannel shutdown() {
            return this;
        }

        @Override
        public ManagedChannel shutdownNow() {
            return this;
        }

        @Override
        public boolean isShutdown() {
            return true;
        }

        @Override
        public boolean isTerminated() {
            return true;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return true;
        }
    }
}
