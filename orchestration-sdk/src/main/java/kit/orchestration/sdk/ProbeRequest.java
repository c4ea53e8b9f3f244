package kit.orchestration.sdk;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * As much of an HTTP/1 request (RFC 9112) as a probe needs: the method, the path, and where the head ends.
 *
 * @param error the status that refuses it, 0 if it is to be answered
 * @param path the path without query; empty if it is refused
 * @param head whether the answer's body is left out
 */
record ProbeRequest(int error, String path, boolean head) {

    private static final Pattern LINE = Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+) (/[!-~]*) HTTP/1\\.[01]\r?");

    /** Reads a request from the bytes that came so far; null if more must come. A head that fills them is too large. */
    static @Nullable ProbeRequest parse(byte[] bytes, int length) {
        int lineEnd = indexOfNewline(bytes, 0, length);
        if (lineEnd >= 0) {
            var line = LINE.matcher(new String(bytes, 0, lineEnd, ISO_8859_1));
            if (!line.matches()) {
                return new ProbeRequest(400, "", false); // at once: what is no request will hardly become one
            }
            if (isHeadComplete(bytes, lineEnd, length)) {
                return of(line.group(1), line.group(2));
            }
        }
        return length < bytes.length ? null : new ProbeRequest(431, "", false);
    }

    private static ProbeRequest of(String method, String target) {
        boolean head = method.equals("HEAD");
        if (!head && !method.equals("GET")) {
            return new ProbeRequest(405, "", false);
        }
        int query = target.indexOf('?');
        return new ProbeRequest(0, query < 0 ? target : target.substring(0, query), head);
    }

    /** Whether an empty line has come; lines end with LF, with or without CR (RFC 9112, 2.2). */
    private static boolean isHeadComplete(byte[] bytes, int lineEnd, int length) {
        int start = lineEnd + 1;
        for (int end = indexOfNewline(bytes, start, length); end >= 0; end = indexOfNewline(bytes, start, length)) {
            if (end == start || (end == start + 1 && bytes[start] == '\r')) {
                return true;
            }
            start = end + 1;
        }
        return false;
    }

    private static int indexOfNewline(byte[] bytes, int from, int length) {
        for (int i = from; i < length; i++) {
            if (bytes[i] == '\n') {
                return i;
            }
        }
        return -1;
    }
}
