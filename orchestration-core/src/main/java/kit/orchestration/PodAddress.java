package kit.orchestration;

/**
 * The {@code host:port} that a client dials to reach a pod.
 *
 * @param host a host name, an IPv4 address or an IPv6 address (without brackets)
 * @param port 1 to 65535
 */
public record PodAddress(String host, int port) {

    /**
     * Checks both parts.
     *
     * @throws IllegalArgumentException if the host is empty or has characters no host has, or the port is out of range
     */
    public PodAddress {
        if (host == null) {
            throw new NullPointerException("host must not be null");
        }
        if (!host.matches("[A-Za-z0-9._:%-]{1,253}")) {
            throw new IllegalArgumentException(
                    "host must be a host name or an IP address without brackets, was \"%s\"".formatted(host));
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("port must be 1 to 65535, was %d".formatted(port));
        }
    }

    /**
     * Reads what {@link #toString()} writes: {@code host:port}, or {@code [host]:port} for IPv6.
     *
     * @throws IllegalArgumentException if the text has another form
     */
    public static PodAddress parse(String text) {
        if (text == null) {
            throw new NullPointerException("address must not be null");
        }
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        if (colon < 0 || !text.substring(colon + 1).matches("[0-9]{1,5}") || (!bracketed && host.contains(":"))) {
            throw new IllegalArgumentException("address must be host:port or [ipv6]:port, was \"%s\"".formatted(text));
        }
        return new PodAddress(
                bracketed ? host.substring(1, host.length() - 1) : host, Integer.parseInt(text.substring(colon + 1)));
    }

    /** {@code host:port}; an IPv6 address is put into brackets (RFC 3986, 3.2.2). */
    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
