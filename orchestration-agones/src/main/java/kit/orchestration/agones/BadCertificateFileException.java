package kit.orchestration.agones;

import java.io.IOException;

/** A certificate or key file that can't be used; the message names the file and the way out, never what is in it. */
final class BadCertificateFileException extends IOException {

    private static final long serialVersionUID = 1L;

    BadCertificateFileException(String message) {
        super(message);
    }
}
