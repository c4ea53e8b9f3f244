package kit.orchestration;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * The {@code host:port} that a client dials to reach a pod.
 *
 * @param host a host name, an IPv4 address or an IPv6 address (without brackets)
 * @param port 1 to 65535
 */
public record PodAddress(String host, int port) {

    private static final int NAME_LENGTH = 253;

    /** Labels of letters, digits and inner hyphens (RFC 1123), and of underscores, which some resolvers have. */
    private static final Pattern NAME = Pattern.compile("(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.)*"
            + "[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\\.?");

    /** What ends in a number is no name, but an IPv4 address, or nothing. */
    private static final Pattern ENDS_IN_NUMBER = Pattern.compile("(?:.*\\.)?[0-9]+\\.?");

    private static final Pattern IPV4 =
            Pattern.compile("(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\\.(?!$)|$)){4}");

    /** The JDK has the last word on these, and looks up nothing that is made so. */
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:][0-9A-Fa-f:.]{1,44}");

    private static final Pattern ZONE = Pattern.compile("[A-Za-z0-9._~-]{1,32}");

    /**
     * Checks both parts; nothing is looked up.
     *
     * @throws IllegalArgumentException if the host is neither a name nor an address, or the port is out of range
     */
    public PodAddress {
        Objects.requireNonNull(host, "host must not be null");
        if (!(host.indexOf(':') >= 0 ? isIpv6(host) : isNameOrIpv4(host))) {
            throw new IllegalArgumentException(
                    "host must be a host name or an IP address without brackets, was " + Limits.quote(host));
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("port must be 1 to 65535, was " + port);
        }
    }

    /**
     * Reads what {@link #toString()} writes: {@code host:port}, or {@code [host]:port} for IPv6.
     *
     * @throws IllegalArgumentException if the text has another form
     */
    public static PodAddress parse(String text) {
        Objects.requireNonNull(text, "address must not be null");
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (colon < 0 || !text.substring(colon + 1).matches("[0-9]{1,5}") || bracketed != host.contains(":")) {
            throw new IllegalArgumentException("address must be host:port or [ipv6]:port, was " + Limits.quote(text));
        }
        return new PodAddress(
                bracketed ? host.substring(1, host.length() - 1) : host, Integer.parseInt(text.substring(colon + 1)));
    }

    /**
     * The same for Java's own clients. It is <b>unresolved</b>: no name was looked up, since that blocks. Netty
     * resolves it by itself; a {@link java.net.Socket} wants {@code new InetSocketAddress(host(), port())}, which looks
     * the name up.
     */
    public InetSocketAddress toInetSocketAddress() {
        return InetSocketAddress.createUnresolved(host, port);
    }

    /** {@code host:port}; an IPv6 address is put into brackets (RFC 3986, 3.2.2). */
    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }

    private static boolean isNameOrIpv4(String host) {
        return host.length() <= NAME_LENGTH // before its characters
                && (ENDS_IN_NUMBER.matcher(host).matches() ? IPV4 : NAME)
                        .matcher(host)
                        .matches();
    }

    private static boolean isIpv6(String host) {
        int percent = host.indexOf('%');
        String address = percent < 0 ? host : host.substring(0, percent);
        if (!IPV6.matcher(address).matches()
                || (percent >= 0 && !ZONE.matcher(host.substring(percent + 1)).matches())) {
            return false;
        }
        try {
            InetAddress.getByName(address); // a literal: no look-up
            return true;
        } catch (UnknownHostException malformed) {
            return false;
        }
    }
}
