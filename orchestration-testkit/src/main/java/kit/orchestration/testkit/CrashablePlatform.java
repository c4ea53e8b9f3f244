package kit.orchestration.testkit;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import kit.orchestration.sdk.ClaimedSlot;
import kit.orchestration.sdk.Platform;
import kit.orchestration.sdk.PlatformException;
import kit.orchestration.sdk.PlatformListener;
import org.jspecify.annotations.Nullable;

/**
 * A platform whose process can die without a word: after {@link #crash()} nothing passes either way, so the game server
 * can be closed in peace, and the store knows nothing of it.
 */
public final class CrashablePlatform {

    private final Platform behind;
    private final Platform platform;
    private volatile boolean crashed;

    /** A platform that works until it is crashed. */
    public CrashablePlatform(Platform behind) {
        this.behind = behind;
        // A proxy, since one method names a type of a module that the tests have no other need of.
        platform = (Platform) Proxy.newProxyInstance(
                Platform.class.getClassLoader(),
                new Class<?>[] {Platform.class},
                (self, method, args) -> call(method, args));
    }

    /** What the game server is given. */
    public Platform platform() {
        return platform;
    }

    /** From now on nothing passes. */
    public void crash() {
        crashed = true;
    }

    /** Closes the platform behind, so that its threads and connections end; after a restart it has nothing to say. */
    public void dispose() {
        behind.close();
    }

    private @Nullable Object call(Method method, Object @Nullable [] args) throws Throwable {
        if (method.getDeclaringClass() == Object.class) {
            return method.invoke(this, args);
        }
        if (crashed) {
            return afterCrash(method);
        }
        if (args != null && args.length == 1 && args[0] instanceof PlatformListener listener) {
            return behind.boot(untilCrash(listener));
        }
        try {
            return method.invoke(behind, args);
        } catch (InvocationTargetException e) {
            throw Objects.requireNonNullElse(e.getCause(), e);
        }
    }

    private static @Nullable Object afterCrash(Method method) {
        PlatformException dead = new PlatformException("the process has crashed", null);
        return switch (method.getName()) {
            case "ending", "free", "healthy", "close" -> null;
            case "key", "time", "problem", "lost" -> Optional.empty();
            case "find" -> CompletableFuture.failedFuture(dead);
            default -> throw dead;
        };
    }

    private PlatformListener untilCrash(PlatformListener listener) {
        return new PlatformListener() {
            @Override
            public void claimed(ClaimedSlot claim) {
                if (!crashed) {
                    listener.claimed(claim);
                }
            }

            @Override
            public void revoked(String sessionId) {
                if (!crashed) {
                    listener.revoked(sessionId);
                }
            }

            @Override
            public void gone(String sessionId) {
                if (!crashed) {
                    listener.gone(sessionId);
                }
            }

            @Override
            public void lost() {
                if (!crashed) {
                    listener.lost();
                }
            }
        };
    }
}
