package kit.orchestration.controlplane;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Locale;

/** As much of ASN.1's distinguished encoding (X.690) as a certificate takes. */
final class Der {

    private static final DateTimeFormatter UTC_TIME =
            DateTimeFormatter.ofPattern("yyMMddHHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private Der() {}

    static byte[] sequence(byte[]... parts) {
        return tagged(0x30, parts);
    }

    static byte[] set(byte[]... parts) {
        return tagged(0x31, parts);
    }

    static byte[] yes() {
        return tagged(0x01, new byte[] {(byte) 0xff});
    }

    static byte[] integer(BigInteger value) {
        return tagged(0x02, value.toByteArray());
    }

    static byte[] bits(int unused, byte... value) {
        return tagged(0x03, new byte[] {(byte) unused}, value);
    }

    static byte[] octets(byte[] value) {
        return tagged(0x04, value);
    }

    static byte[] utf8(String value) {
        return tagged(0x0c, value.getBytes(UTF_8));
    }

    /** Two digits of a year: for years before 2050. */
    static byte[] time(Instant value) {
        return tagged(0x17, UTC_TIME.format(value).getBytes(US_ASCII));
    }

    static byte[] oid(String dotted) {
        int[] arcs = Arrays.stream(dotted.split("\\.", -1))
                .mapToInt(Integer::parseInt)
                .toArray();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(arcs[0] * 40 + arcs[1]);
        for (int i = 2; i < arcs.length; i++) {
            Deque<Integer> groups = new ArrayDeque<>();
            groups.push(arcs[i] & 0x7f);
            for (int rest = arcs[i] >> 7; rest > 0; rest >>= 7) {
                groups.push((rest & 0x7f) | 0x80);
            }
            groups.forEach(out::write);
        }
        return tagged(0x06, out.toByteArray());
    }

    /** A value of any tag: a constructed one holds its parts one after the other. */
    static byte[] tagged(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        int length = content.size();
        if (length < 0x80) {
            out.write(length);
        } else {
            byte[] bytes = BigInteger.valueOf(length).toByteArray();
            int from = bytes[0] == 0 ? 1 : 0;
            out.write(0x80 | (bytes.length - from));
            out.write(bytes, from, bytes.length - from);
        }
        out.writeBytes(content.toByteArray());
        return out.toByteArray();
    }
}
