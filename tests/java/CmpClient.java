import java.io.FileReader;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Security;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Date;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.cmp.CMPObjectIdentifiers;
import org.bouncycastle.asn1.cmp.CertRepMessage;
import org.bouncycastle.asn1.cmp.CertResponse;
import org.bouncycastle.asn1.cmp.ErrorMsgContent;
import org.bouncycastle.asn1.cmp.GenMsgContent;
import org.bouncycastle.asn1.cmp.GenRepContent;
import org.bouncycastle.asn1.cmp.InfoTypeAndValue;
import org.bouncycastle.asn1.cmp.PKIBody;
import org.bouncycastle.asn1.cmp.PKIStatusInfo;
import org.bouncycastle.asn1.cmp.RevRepContent;
import org.bouncycastle.asn1.cmp.RevReqContent;
import org.bouncycastle.asn1.crmf.CertId;
import org.bouncycastle.asn1.crmf.CertReqMessages;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PBMAC1Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.CertificateList;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.cmp.CertificateConfirmationContentBuilder;
import org.bouncycastle.cert.cmp.GeneralPKIMessage;
import org.bouncycastle.cert.cmp.ProtectedPKIMessage;
import org.bouncycastle.cert.cmp.ProtectedPKIMessageBuilder;
import org.bouncycastle.cert.cmp.RevocationDetailsBuilder;
import org.bouncycastle.cert.crmf.CertificateRequestMessageBuilder;
import org.bouncycastle.cert.crmf.Control;
import org.bouncycastle.cert.crmf.PKMACBuilder;
import org.bouncycastle.cert.crmf.jcajce.JcePKMACValuesCalculator;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.ContentVerifierProvider;
import org.bouncycastle.operator.GenericKey;
import org.bouncycastle.operator.MacCalculator;
import org.bouncycastle.operator.PBEMacCalculatorProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCS10CertificationRequestBuilder;
import org.bouncycastle.pkcs.jcajce.JcePBMac1CalculatorBuilder;
import org.bouncycastle.pkcs.jcajce.JcePBMac1CalculatorProviderBuilder;

/**
 * A CMP client on BouncyCastle's classes: enrols at the lab's CA, renews, asks and revokes, and checks every answer.
 *
 * <p>Arguments: the CA's URL, its certificate (PEM), and a file with a line "reference secret" for each code. The codes
 * are for SUBJECT and ADDRESS. Prints a line for each thing that held and ends with 0, or fails with what did not.
 */
public final class CmpClient {
    private static final X500Name SUBJECT = new X500Name("C=NL,ST=ZH,O=Nokia,CN=bc");
    private static final String ADDRESS = "10.9.9.9";
    private static final SecureRandom RANDOM = new SecureRandom();

    private final URI server;
    private final X509CertificateHolder authority;

    private CmpClient(URI server, X509CertificateHolder authority) {
        this.server = server;
        this.authority = authority;
    }

    /** Who sends: a reference and its secret with a kind of MAC, or a key and its certificate. */
    private record Sender(
            String reference, char[] secret, boolean pbmac1, KeyPair key, String algorithm, X509CertificateHolder own) {
        static Sender code(String reference, char[] secret, boolean pbmac1) {
            return new Sender(reference, secret, pbmac1, null, null, null);
        }

        static Sender holder(KeyPair key, String algorithm, X509CertificateHolder own) {
            return new Sender(null, null, false, key, algorithm, own);
        }
    }

    private record Answer(ProtectedPKIMessage message, byte[] nonce) {}

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        X509CertificateHolder authority;
        try (PEMParser parser = new PEMParser(new FileReader(arguments[1]))) {
            authority = (X509CertificateHolder) parser.readObject();
        }
        CmpClient client = new CmpClient(URI.create(arguments[0]), authority);
        for (String line : Files.readAllLines(Path.of(arguments[2]))) {
            String[] words = line.split(" ");
            client.life(Sender.code(words[0], words[1].toCharArray(), words[0].contains("pbmac1")));
        }
    }

    /** Everything that can be done with one code, from the first certificate to its revocation. */
    private void life(Sender code) throws Exception {
        ask(code);
        KeyPair rsa = keys("RSA");
        X509CertificateHolder first = enrol("ir", PKIBody.TYPE_INIT_REQ, code, rsa, "SHA256withRSA", null);
        Sender owner = Sender.holder(rsa, code.pbmac1 ? "SHA256withRSAandMGF1" : "SHA256withRSA", first);
        enrol("cr", PKIBody.TYPE_CERT_REQ, owner, keys("RSA"), "SHA256withRSAandMGF1", null);
        signedRequest(owner, keys("RSA"));
        implicitly(owner, keys("EC"));
        KeyPair ec = keys("EC");
        X509CertificateHolder second = enrol("kur", PKIBody.TYPE_KEY_UPDATE_REQ, owner, ec, "SHA256withECDSA", first);
        owner = Sender.holder(ec, "SHA384withECDSA", second);
        KeyPair edwards = keys("Ed25519");
        X509CertificateHolder third = enrol("kur", PKIBody.TYPE_KEY_UPDATE_REQ, owner, edwards, "Ed25519", second);
        owner = Sender.holder(edwards, "Ed25519", third);
        ask(owner);
        revoke(owner, first);
        refuse(code);
    }

    private X509CertificateHolder enrol(
            String name, int kind, Sender sender, KeyPair key, String popo, X509CertificateHolder old) throws Exception {
        byte[] transaction = bytes();
        Answer answer = send(sender, new PKIBody(kind, request(key, popo, old)), transaction, null);
        expect(answer.message.getBody().getType() == kind + 1, name + " was answered by body " + kind(answer));
        X509CertificateHolder issued = confirmed(name, sender, key, transaction, answer, BigInteger.ZERO);
        System.out.println(name + " for " + key.getPublic().getAlgorithm() + " under " + protection(sender));
        return issued;
    }

    /** cr without certConf: asked for, and granted in the answer. */
    private void implicitly(Sender sender, KeyPair key) throws Exception {
        InfoTypeAndValue wish = new InfoTypeAndValue(CMPObjectIdentifiers.it_implicitConfirm, DERNull.INSTANCE);
        PKIBody body = new PKIBody(PKIBody.TYPE_CERT_REQ, request(key, "SHA256withECDSA", null));
        Answer answer = send(sender, body, bytes(), null, wish);
        InfoTypeAndValue[] told = answer.message.getHeader().getGeneralInfo();
        expect(told != null && told[0].getInfoType().equals(wish.getInfoType()), "implicitConfirm was not granted");
        System.out.println("cr confirmed implicitly under " + protection(sender));
    }

    /** p10cr, whose request and confirmation have the number -1. */
    private void signedRequest(Sender sender, KeyPair key) throws Exception {
        byte[] transaction = bytes();
        PKCS10CertificationRequest request =
                new PKCS10CertificationRequestBuilder(SUBJECT, info(key)).build(signer(key, "SHA256withRSA"));
        PKIBody body = new PKIBody(PKIBody.TYPE_P10_CERT_REQ, request.toASN1Structure());
        Answer answer = send(sender, body, transaction, null);
        expect(answer.message.getBody().getType() == PKIBody.TYPE_CERT_REP, "p10cr was answered by " + kind(answer));
        confirmed("p10cr", sender, key, transaction, answer, BigInteger.ONE.negate());
        System.out.println("p10cr for RSA under " + protection(sender));
    }

    /** Check the certificate in an answer and confirm it. */
    private X509CertificateHolder confirmed(
            String name, Sender sender, KeyPair key, byte[] transaction, Answer answer, BigInteger number)
            throws Exception {
        CertResponse response = CertRepMessage.getInstance(answer.message.getBody().getContent()).getResponse()[0];
        expect(response.getStatus().getStatus().intValue() == 0, name + " was refused: " + text(response.getStatus()));
        expect(response.getCertReqId().getValue().equals(number), name + ": the certReqId is wrong");
        X509CertificateHolder issued = new X509CertificateHolder(
                response.getCertifiedKeyPair().getCertOrEncCert().getCertificate().getX509v3PKCert());
        expect(issued.getSubject().equals(SUBJECT), name + ": the subject is " + issued.getSubject());
        expect(issued.isSignatureValid(verifier()), name + ": the certificate is not signed by the CA");
        expect(issued.getSubjectPublicKeyInfo().equals(info(key)), name + ": the certificate is for another key");
        PKIBody confirmation = new PKIBody(PKIBody.TYPE_CERT_CONFIRM, new CertificateConfirmationContentBuilder()
                .addAcceptedCertificate(issued, number)
                .build(new JcaDigestCalculatorProviderBuilder().setProvider("BC").build()).toASN1Structure());
        Answer last = send(sender, confirmation, transaction, answer.nonce);
        expect(last.message.getBody().getType() == PKIBody.TYPE_CONFIRM, name + " was not confirmed: " + kind(last));
        return issued;
    }

    private CertReqMessages request(KeyPair key, String popo, X509CertificateHolder old) throws Exception {
        GeneralNames names = new GeneralNames(new GeneralName(GeneralName.iPAddress, ADDRESS));
        CertificateRequestMessageBuilder builder = new CertificateRequestMessageBuilder(BigInteger.ZERO)
                .setSubject(SUBJECT).setPublicKey(info(key))
                .addExtension(Extension.subjectAlternativeName, false, names)
                .setProofOfPossessionSigningKeySigner(signer(key, popo));
        if (old != null) {
            builder.addControl(oldCertificate(old));
        }
        return new CertReqMessages(builder.build().toASN1Structure());
    }

    private static Control oldCertificate(X509CertificateHolder old) {
        CertId identity = new CertId(new GeneralName(old.getIssuer()), old.getSerialNumber());
        return new Control() {
            @Override
            public ASN1ObjectIdentifier getType() {
                return CMPObjectIdentifiers.regCtrl_oldCertID;
            }

            @Override
            public ASN1Encodable getValue() {
                return identity;
            }
        };
    }

    /** genm: the four questions of RFC 9483 section 4.3, in BouncyCastle's own encoding. */
    private void ask(Sender sender) throws Exception {
        GeneralName issuer = new GeneralName(authority.getSubject());
        ASN1Encodable status = new DERSequence(new DERSequence(new DERTaggedObject(1, new GeneralNames(issuer))));
        ASN1Encodable certificates = value(sender, CMPObjectIdentifiers.id_it_caCerts, null);
        expect(new X509CertificateHolder(DERSequence.getInstance(certificates).getObjectAt(0).toASN1Primitive()
                .getEncoded()).equals(authority), "caCerts does not hold the CA's certificate");
        ASN1Encodable same = value(sender, CMPObjectIdentifiers.id_it_rootCaCert, authority.toASN1Structure());
        expect(same == null, "rootCaCert: the root that is known was told again");
        ASN1Encodable template = value(sender, CMPObjectIdentifiers.id_it_certReqTemplate, null);
        expect(template != null, "certReqTemplate was not told");
        ASN1Encodable lists = value(sender, CMPObjectIdentifiers.id_it_crlStatusList, status);
        CertificateList crl = CertificateList.getInstance(DERSequence.getInstance(lists).getObjectAt(0));
        expect(crl.getIssuer().equals(authority.getSubject()), "the CRL is not the CA's");
        System.out.println("genm caCerts, rootCaCert, certReqTemplate, crlStatusList under " + protection(sender));
    }

    private ASN1Encodable value(Sender sender, ASN1ObjectIdentifier type, ASN1Encodable question) throws Exception {
        InfoTypeAndValue item = question == null ? new InfoTypeAndValue(type) : new InfoTypeAndValue(type, question);
        Answer answer = send(sender, new PKIBody(PKIBody.TYPE_GEN_MSG, new GenMsgContent(item)), bytes(), null);
        expect(answer.message.getBody().getType() == PKIBody.TYPE_GEN_REP, type + " was answered by " + kind(answer));
        InfoTypeAndValue[] told =
                GenRepContent.getInstance(answer.message.getBody().getContent()).toInfoTypeAndValueArray();
        expect(told.length == 1, type + " has " + told.length + " answers");
        return told[0].getInfoValue();
    }

    private void revoke(Sender sender, X509CertificateHolder certificate) throws Exception {
        PKIBody body = new PKIBody(PKIBody.TYPE_REVOCATION_REQ, new RevReqContent(new RevocationDetailsBuilder()
                .setIssuer(certificate.getIssuer()).setSerialNumber(certificate.getSerialNumber()).build()
                .toASN1Structure()));
        Answer answer = send(sender, body, bytes(), null);
        expect(answer.message.getBody().getType() == PKIBody.TYPE_REVOCATION_REP, "rr was answered by " + kind(answer));
        PKIStatusInfo status = RevRepContent.getInstance(answer.message.getBody().getContent()).getStatus()[0];
        expect(status.getStatus().intValue() == 0, "rr was refused: " + text(status));
        System.out.println("rr under " + protection(sender));
    }

    /** A used code gets a refusal that is as well protected as a certificate. */
    private void refuse(Sender code) throws Exception {
        PKIBody body = new PKIBody(PKIBody.TYPE_INIT_REQ, request(keys("EC"), "SHA256withECDSA", null));
        Answer answer = send(code, body, bytes(), null);
        CertResponse response = CertRepMessage.getInstance(answer.message.getBody().getContent()).getResponse()[0];
        expect(response.getStatus().getStatus().intValue() == 2, "a used code was taken");
        System.out.println("refusal of a used code under " + protection(code));
    }

    /** Send one message and check the answer's protection, transaction and nonces. */
    private Answer send(
            Sender sender, PKIBody body, byte[] transaction, byte[] recipNonce, InfoTypeAndValue... general)
            throws Exception {
        byte[] nonce = bytes();
        GeneralName name = new GeneralName(sender.own == null ? SUBJECT : sender.own.getSubject());
        ProtectedPKIMessageBuilder builder =
                new ProtectedPKIMessageBuilder(name, new GeneralName(authority.getSubject()))
                        .setMessageTime(new Date()).setTransactionID(transaction).setSenderNonce(nonce).setBody(body);
        if (recipNonce != null) {
            builder.setRecipNonce(recipNonce);
        }
        for (InfoTypeAndValue item : general) {
            builder.addGeneralInfo(item);
        }
        ProtectedPKIMessage message;
        if (sender.own == null) {
            builder.setSenderKID(sender.reference.getBytes("US-ASCII"));
            message = builder.build(sender.pbmac1 ? pbmac1(sender.secret) : macs().build(sender.secret));
        } else {
            message = builder.addCMPCertificate(sender.own).build(signer(sender.key, sender.algorithm));
        }
        byte[] der = post(message.toASN1Structure().getEncoded());
        ProtectedPKIMessage answer = new ProtectedPKIMessage(new GeneralPKIMessage(der));
        if (sender.own == null) {
            PBEMacCalculatorProvider check = sender.pbmac1
                    ? new JcePBMac1CalculatorProviderBuilder().setProvider("BC").build() : macs();
            expect(answer.verify(check, sender.secret), "the MAC of the answer is wrong");
        } else {
            expect(answer.verify(verifier()), "the signature of the answer is wrong");
        }
        expect(Arrays.equals(answer.getHeader().getTransactionID().getOctets(), transaction), "another transaction");
        expect(Arrays.equals(answer.getHeader().getRecipNonce().getOctets(), nonce), "another recipNonce");
        if (answer.getBody().getType() == PKIBody.TYPE_ERROR) {
            throw new IllegalStateException(
                    text(ErrorMsgContent.getInstance(answer.getBody().getContent()).getPKIStatusInfo()));
        }
        return new Answer(answer, answer.getHeader().getSenderNonce().getOctets());
    }

    private byte[] post(byte[] request) throws Exception {
        HttpURLConnection connection = (HttpURLConnection) server.toURL().openConnection();
        connection.setRequestMethod("POST");
        connection.setRequestProperty("Content-Type", "application/pkixcmp");
        connection.setConnectTimeout(10_000);
        connection.setReadTimeout(20_000);
        connection.setDoOutput(true);
        try (OutputStream out = connection.getOutputStream()) {
            out.write(request);
        }
        try (InputStream in = connection.getInputStream()) {
            return in.readAllBytes();
        }
    }

    private static PKMACBuilder macs() throws Exception {
        return new PKMACBuilder(new JcePKMACValuesCalculator().setProvider("BC"));
    }

    /** BouncyCastle's PBMAC1 under the right name: 1.72 calls the key derivation PBMAC1, where RFC 8018 has PBKDF2. */
    private static MacCalculator pbmac1(char[] secret) throws Exception {
        AlgorithmIdentifier mac = new AlgorithmIdentifier(PKCSObjectIdentifiers.id_hmacWithSHA256, DERNull.INSTANCE);
        AlgorithmIdentifier derivation = new AlgorithmIdentifier(
                PKCSObjectIdentifiers.id_PBKDF2, new PBKDF2Params(bytes(), 2048, 32, mac));
        PBMAC1Params parameters = new PBMAC1Params(derivation, mac);
        MacCalculator made = new JcePBMac1CalculatorBuilder(parameters).setProvider("BC").build(secret);
        return new MacCalculator() {
            @Override
            public AlgorithmIdentifier getAlgorithmIdentifier() {
                return new AlgorithmIdentifier(PKCSObjectIdentifiers.id_PBMAC1, parameters);
            }

            @Override
            public OutputStream getOutputStream() {
                return made.getOutputStream();
            }

            @Override
            public byte[] getMac() {
                return made.getMac();
            }

            @Override
            public GenericKey getKey() {
                return made.getKey();
            }
        };
    }

    private ContentVerifierProvider verifier() throws Exception {
        return new JcaContentVerifierProviderBuilder().setProvider("BC").build(authority);
    }

    private static ContentSigner signer(KeyPair key, String algorithm) throws Exception {
        return new JcaContentSignerBuilder(algorithm).setProvider("BC").build(key.getPrivate());
    }

    private static KeyPair keys(String kind) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(kind, "BC");
        if (kind.equals("RSA")) {
            generator.initialize(2048, RANDOM);
        } else if (kind.equals("EC")) {
            generator.initialize(new ECGenParameterSpec("secp384r1"), RANDOM);
        }
        return generator.generateKeyPair();
    }

    private static SubjectPublicKeyInfo info(KeyPair key) {
        return SubjectPublicKeyInfo.getInstance(key.getPublic().getEncoded());
    }

    private static byte[] bytes() {
        byte[] value = new byte[16];
        RANDOM.nextBytes(value);
        return value;
    }

    private static String protection(Sender sender) {
        return sender.own == null ? (sender.pbmac1 ? "PBMAC1" : "PBM") : sender.algorithm;
    }

    private static String kind(Answer answer) {
        return String.valueOf(answer.message.getBody().getType());
    }

    private static String text(PKIStatusInfo status) {
        return (status.getStatusString() == null ? "" : status.getStatusString().getStringAtUTF8(0) + " ")
                + "failInfo " + status.getFailInfo();
    }

    private static void expect(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }
}
