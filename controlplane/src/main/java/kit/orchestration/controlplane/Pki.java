package kit.orchestration.controlplane;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The keys and certificates of one control plane; files for its server, objects for its administrator. */
final class Pki {

    private final Path folder;
    private final byte[] caCertificate;
    private final byte[] adminCertificate;
    private final KeyPair adminKeys;

    /** Writes the server's files into the folder, which nobody else should be able to read. */
    Pki(Path folder) throws IOException, GeneralSecurityException {
        this.folder = folder;
        CertificateAuthority authority = new CertificateAuthority(new SecureRandom());
        KeyPair serverKeys = Keys.ec();
        KeyPair serviceAccountKeys = Keys.ec();
        this.caCertificate = authority.certificate();
        // fabric8 takes a PKCS #8 key for RSA unless told otherwise.
        this.adminKeys = Keys.rsa();
        this.adminCertificate = authority.client("admin", "system:masters", adminKeys.getPublic());
        Files.writeString(caFile(), caPem());
        byte[] serverCertificate = authority.server("kube-apiserver", serverKeys.getPublic());
        Files.writeString(serverCertificateFile(), Pem.certificate(serverCertificate));
        Files.writeString(serverKeyFile(), Pem.privateKey(serverKeys.getPrivate()));
        Files.writeString(serviceAccountKeyFile(), Pem.privateKey(serviceAccountKeys.getPrivate()));
        Files.writeString(serviceAccountPublicKeyFile(), Pem.publicKey(serviceAccountKeys.getPublic()));
    }

    String caPem() {
        return Pem.certificate(caCertificate);
    }

    Credentials admin() {
        return new Credentials(Pem.certificate(adminCertificate), Pem.privateKey(adminKeys.getPrivate()));
    }

    Path caFile() {
        return folder.resolve("ca.crt");
    }

    Path serverCertificateFile() {
        return folder.resolve("server.crt");
    }

    Path serverKeyFile() {
        return folder.resolve("server.key");
    }

    Path serviceAccountKeyFile() {
        return folder.resolve("service-account.key");
    }

    Path serviceAccountPublicKeyFile() {
        return folder.resolve("service-account.pub");
    }

    /** Trusts the control plane's authority alone, and is its administrator. */
    SSLContext adminTls() throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        keys.load(null, null);
        keys.setKeyEntry(
                "admin", adminKeys.getPrivate(), new char[0], new Certificate[] {certificate(adminCertificate)});
        KeyManagerFactory keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keyManagers.init(keys, new char[0]);
        return context(keyManagers);
    }

    /** Trusts the control plane's authority alone, and has no certificate of its own. */
    SSLContext trust() throws IOException, GeneralSecurityException {
        KeyManagerFactory keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keyManagers.init(null, new char[0]);
        return context(keyManagers);
    }

    private SSLContext context(KeyManagerFactory keyManagers) throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("ca", certificate(caCertificate));
        TrustManagerFactory trustManagers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trustManagers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
        return context;
    }

    private static Certificate certificate(byte[] der) throws GeneralSecurityException {
        return CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
    }
}
