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
        byte[] start = """
                HTTP/1.1 %s %s\r
                Content-Type: text/plain; charset=utf-8\r
                Content-Length: %s\r
                Cache-Control: no-store\r
                %sConnection: close\r
                \r
                """.formatted(status, reason(status), body.length, status == 405 ? "Allow: GET, HEAD\r\n" : "")
                .getBytes(UTF_8);
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
