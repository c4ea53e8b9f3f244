package kit.orchestration.sdk;

/** Why a session that ran has ended. */
public enum EndReason {
    /** The game closed it. */
    CLOSED,
    /** The game closed it after it had been revoked. */
    REVOKED,
    /** It ran longer than the server's {@code maxSession}. */
    MAX_SESSION,
    /** The {@link GameServer} was closed, or another process has taken its pod over. */
    SERVER_CLOSED
}
