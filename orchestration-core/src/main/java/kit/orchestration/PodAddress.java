package kit.orchestration;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The {@code host:port} that a client dials to reach a pod, and what else is to be dialled there. Immutable. Two are
 * equal if all of that is; whether they lead to the same door {@link #toString} tells.
 *
 * @param host a host name, an IPv4 address or an IPv6 address (without brackets)
 * @param port 1 to 65535
 * @param ports the pod's ports that have names of 1 to 63 letters, digits, '-', '_' and '.', by these; at most {@value
 *     Limits#PORTS}. The first may be among them
 */
public record PodAddress(String host, int port, Map<String, Integer> ports) {

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
     * Checks all parts; nothing is looked up.
     *
     * @throws IllegalArgumentException if the host is neither a name nor an address, a port is out of range or a name
     *     has other characters
     */
    public PodAddress {
        Objects.requireNonNull(host, "host must not be null");
        ports = Map.copyOf(ports);
        if (!(host.indexOf(':') >= 0 ? isIpv6(host) : isNameOrIpv4(host))) {
            throw new IllegalArgumentException(
                    "host must be a host name or an IP address without brackets, was " + Limits.quote(host));
        }
        checkPort("port", port);
        if (ports.size() > Limits.PORTS) {
            throw new IllegalArgumentException("ports must be at most " + Limits.PORTS + ", were " + ports.size());
        }
        ports.forEach((name, number) -> checkPort("port " + Limits.checkPortName(name), number));
    }

    /** An address whose ports have no names. */
    public PodAddress(String host, int port) {
        this(host, port, Map.of());
    }

    /**
     * Reads what {@link #toString()} and {@link #format()} write: {@code host:port}, or {@code [host]:port} for IPv6,
     * and after it the ports that have names, as in {@code 203.0.113.7:31007 query=31008}.
     *
     * @throws IllegalArgumentException if the text has another form
     */
    public static PodAddress parse(String text) {
        Objects.requireNonNull(text, "address must not be null");
        String[] words = text.split(" ", -1);
        int colon = words[0].lastIndexOf(':');
        String host = colon < 0 ? "" : words[0].substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (colon < 0 || bracketed != host.contains(":")) {
            throw malformed(text);
        }
        Map<String, Integer> ports = new TreeMap<>();
        for (int i = 1; i < words.length; i++) {
            int equals = words[i].indexOf('=');
            if (equals < 0 || ports.put(words[i].substring(0, equals), number(words[i], equals, text)) != null) {
                throw malformed(text);
            }
        }
        return new PodAddress(
                bracketed ? host.substring(1, host.length() - 1) : host, number(words[0], colon, text), ports);
    }

    private static int number(String word, int sign, String text) {
        String digits = word.substring(sign + 1);
        if (!digits.matches("[0-9]{1,5}")) {
            throw malformed(text);
        }
        return Integer.parseInt(digits);
    }

    private static IllegalArgumentException malformed(String text) {
        return new IllegalArgumentException(
                "address must be host:port or [ipv6]:port, and name=port for each port more, was "
                        + Limits.quote(text));
    }

    /** The same with one port more; in place of what had this name before. */
    public PodAddress withPort(String name, int number) {
        Map<String, Integer> more = new TreeMap<>(ports);
        more.put(name, number);
        return new PodAddress(host, port, more);
    }

    /**
     * The port of that name.
     *
     * @throws NoSuchElementException if there is none; the message says which there are
     */
    public int port(String name) {
        Integer found = ports.get(Objects.requireNonNull(name, "name must not be null"));
        if (found == null) {
            throw new NoSuchElementException("%s has no port %s: %s"
                    .formatted(
                            this,
                            Limits.quote(name),
                            ports.isEmpty() ? "none has a name" : "there are " + new TreeMap<>(ports).keySet()));
        }
        return found;
    }

    /** All of it, for {@link #parse}: {@link #toString()}, and the ports that have names in the order of these. */
    public String format() {
        return new TreeMap<>(ports)
                .entrySet().stream()
                        .map(named -> " " + named.getKey() + "=" + named.getValue())
                        .collect(Collectors.joining("", toString(), ""));
    }

    /**
     * The same for clients that look names up by themselves, as Netty does. It is <b>unresolved</b>, also if the host
     * is a number: to look it up may block. A {@link java.net.Socket} does not take it, and wants
     * {@code new InetSocketAddress(host(), port())}, which looks it up.
     */
    public InetSocketAddress toInetSocketAddress() {
        return InetSocketAddress.createUnresolved(host, port);
    }

    /** {@code host:port}, for whoever dials; an IPv6 address is put into brackets (RFC 3986, 3.2.2). */
    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }

    private static void checkPort(String field, int port) {
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException(field + " must be 1 to 65535, was " + port);
        }
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
