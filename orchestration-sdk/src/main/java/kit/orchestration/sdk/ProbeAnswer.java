package kit.orchestration.sdk;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;

/**
 * What a probe is answered.
 *
 * @param status the HTTP status
 * @param text a line for whoever looks
 */
record ProbeAnswer(int status, String text) {

    /** An answer for a request that is refused as such. */
    static ProbeAnswer refusal(int status) {
        return new ProbeAnswer(status, reason(status));
    }

    /** The response's bytes. The connection is closed after it. */
    ByteBuffer encode(boolean head) {
        byte[] body = (text + "\n").getBytes(UTF_8);
        // Joined, not formatted: that would write the digits of the JVM's language.
        String headers = "HTTP/1.1 " + status + " " + reason(status) + "\r\n"
                + "Content-Type: text/plain; charset=utf-8\r\n"
                + "Content-Length: " + body.length + "\r\n"
                + "Cache-Control: no-store\r\n"
                + (status == 405 ? "Allow: GET, HEAD\r\n" : "")
                + "Connection: close\r\n\r\n";
        byte[] start = headers.getBytes(UTF_8);
        ByteBuffer bytes = ByteBuffer.allocate(start.length + body.length).put(start);
        return (head ? bytes : bytes.put(body)).flip();
    }

    private static String reason(int status) {
        return switch (status) {
            case 200 -> "OK";
            case 400 -> "Bad Request";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 431 -> "Request Header Fields Too Large";
            case 503 -> "Service Unavailable";
            default -> throw new IllegalArgumentException("no reason phrase for status " + status);
        };
    }
}
