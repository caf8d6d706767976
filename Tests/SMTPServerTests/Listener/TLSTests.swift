import Foundation
import Listener
import MailTesting
import NIOCore
import NIOEmbedded
import NIOSSL
import Reception
import SMTPServer
import Testing

@Suite("TLS", .timeLimit(.minutes(10)))
struct TLSTests {
    @Test("the self-signed certificate is made once, names its hosts, and its key is nobody else's")
    func selfSigned() throws {
        try TemporaryFolder.with { folder in
            let files = TLSFiles(certificate: folder.path("cert.pem"), key: folder.path("key.pem"))
            #expect(try SelfSignedCertificate.ensure(files, hosts: ["localhost", "127.0.0.1", "::1"]))
            let first = try NIOSSLCertificate.fromPEMFile(files.certificate)
            #expect(try !SelfSignedCertificate.ensure(files, hosts: ["other.example"]))
            #expect(try NIOSSLCertificate.fromPEMFile(files.certificate) == first)
            let names = try #require(first.first?._subjectAlternativeNames())
            #expect(names.count == 3)
            let attributes = try FileManager.default.attributesOfItem(atPath: files.key)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            let contexts = try TLSContexts(files)
            #expect(contexts.current.tlsServerEndPoint?.count == 32)
        }
    }

    @Test("after a reload new connections get the new certificate and old ones go on")
    func reload() async throws {
        try await TestSite.with { site in
            let contexts = try TLSContexts.test(in: site.folder)
            let oldTrust = try trusting(site.folder.path("cert.pem"))
            try await TestServer.with(site, .test(.exchange), tlsMode: .implicit, tls: contexts) { server in
                let old = try await server.connect(tls: oldTrust)
                #expect(try await old.line().hasPrefix("220 "))
                let replacement = TLSFiles(
                    certificate: site.folder.path("new-cert.pem"),
                    key: site.folder.path("new-key.pem")
                )
                try SelfSignedCertificate.ensure(replacement, hosts: ["localhost"])
                try contexts.reload(replacement)
                #expect(try await old.command("NOOP").hasPrefix("250 "))
                let new = try await server.connect(tls: try trusting(replacement.certificate))
                #expect(try await new.line().hasPrefix("220 "))
                let stale = try await server.connect(tls: oldTrust)
                await #expect(throws: (any Error).self) { _ = try await stale.line() }
            }
        }
    }

    @Test("what is wrong with certificate or key is said, with the file")
    func reasons() throws {
        try TemporaryFolder.with { folder in
            _ = try TLSContexts.test(in: folder)
            let (certificate, key) = (folder.path("cert.pem"), folder.path("key.pem"))
            let other = TLSFiles(certificate: folder.path("other-cert.pem"), key: folder.path("other-key.pem"))
            try SelfSignedCertificate.ensure(other, hosts: ["localhost"])
            let encrypted = folder.path("encrypted.pem")
            try """
            -----BEGIN ENCRYPTED PRIVATE KEY-----
            MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgSQvtaWKaRnAICCAAw
            DAYIKoZIhvcNAgkFADAdBglghkgBZQMEAQIEEOmGRLbon+uJ3QuD0f9BeAEEgZCe
            A7BTEeR0/JTQbPPw0XtCg4vGcojh4yT97+HcuBCG5Ac9nGlgKyaJpbRRDpsKiAXs
            UBPm6hfGctyOPvubXNTrE0EJx8xCac8SIpFUakukaqe3iRIvdXjJY9qW7eF/zov/
            +n/SkEtzQltjU2lsk+c9qUgeOH8/kD7sdTMDB8ShqSCY3GZzR3A51jt8YJYn6oI=
            -----END ENCRYPTED PRIVATE KEY-----

            """.write(toFile: encrypted, atomically: true, encoding: .utf8)
            for (path, reason) in [
                (other.key, "does not belong to the certificate in \(certificate)"), (encrypted, "encrypted"),
                (certificate, "holds no private key"), (folder.path("absent.pem"), "No such file"),
            ] {
                let error = #expect(throws: TLSError.self) {
                    try TLSContexts(TLSFiles(certificate: certificate, key: path))
                }
                let text = error.map { "\($0)" } ?? ""
                #expect(text.hasPrefix(path) && text.contains(reason), "\(text)")
            }
            let empty = folder.path("empty.pem")
            try "".write(toFile: empty, atomically: true, encoding: .utf8)
            for path in [empty, key, encrypted] {
                let error = #expect(throws: TLSError.self) { try TLSContexts(TLSFiles(certificate: path, key: key)) }
                let text = error.map { "\($0)" } ?? ""
                #expect(text.hasPrefix("\(path): holds no certificate"), "\(text)")
            }
            _ = try TLSContexts(TLSFiles(certificate: certificate, key: key))
        }
    }

    @Test("a client that does not answer the farewell is not waited for beyond half a second")
    func silentClient() throws {
        try TemporaryFolder.with { folder in
            let contexts = try TLSContexts.test(in: folder)
            let server = EmbeddedChannel()
            let client = EmbeddedChannel(loop: server.embeddedEventLoop)
            var trusting = TLSConfiguration.makeClientConfiguration()
            trusting.certificateVerification = .none
            let handler = try NIOSSLClientHandler(
                context: NIOSSLContext(configuration: trusting),
                serverHostname: nil
            )
            try contexts.current.insert(into: server.pipeline.syncOperations)
            try client.pipeline.syncOperations.addHandler(handler)
            for channel in [server, client] {
                try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            }
            client.writeAndFlush(ByteBuffer(string: "hello"), promise: nil)
            var isMoving = true
            while isMoving {
                isMoving = false
                for (one, other) in [(client, server), (server, client)] {
                    while let octets = try one.readOutbound(as: ByteBuffer.self) {
                        try other.writeInbound(octets)
                        isMoving = true
                    }
                }
            }
            #expect(try server.readInbound(as: ByteBuffer.self) == ByteBuffer(string: "hello"))
            server.close(promise: nil)
            server.embeddedEventLoop.advanceTime(by: .milliseconds(400))
            #expect(server.isActive)
            server.embeddedEventLoop.advanceTime(by: .milliseconds(100))
            #expect(!server.isActive)
            client.close(promise: nil)
            client.embeddedEventLoop.advanceTime(by: .seconds(60))
        }
    }

    @Test("a reload that fails leaves what was in use")
    func failedReload() throws {
        try TemporaryFolder.with { folder in
            let contexts = try TLSContexts.test(in: folder)
            let before = contexts.current.tlsServerEndPoint
            #expect(throws: TLSError.self) {
                try contexts.reload(TLSFiles(certificate: folder.path("absent.pem"), key: folder.path("key.pem")))
            }
            #expect(contexts.current.tlsServerEndPoint == before)
        }
    }

    @Test("a client that speaks no TLS where TLS begins is let go without harm to others")
    func plaintextOnImplicit() async throws {
        try await TestSite.with { site in
            let contexts = try TLSContexts.test(in: site.folder)
            let trust = try trusting(site.folder.path("cert.pem"))
            try await TestServer.with(site, .test(.exchange), tlsMode: .implicit, tls: contexts) { server in
                let plain = try await server.connect()
                try await plain.send("EHLO client.example\r\n")
                try await plain.waitForClose()
                let client = try await server.connect(tls: trust)
                #expect(try await client.line().hasPrefix("220 "))
            }
        }
    }
}
