import MailQueue
import MailStore
import MailTesting
import MailTypes
import Storage
import Testing

@testable import Filing

@Suite("what scripts ask about", .timeLimit(.minutes(10)))
struct ScriptQuestionsTests {
    @Test("a script asks about annotations of mailboxes, of the account and of the server (RFC 5490)")
    func annotations() async throws {
        try await TestMailroom.with { room in
            try await room.setScript(
                """
                require ["fileinto", "mboxmetadata", "servermetadata", "variables"];
                if metadata :matches "INBOX" "/Private/vendor/x/target" "to *" { fileinto "${1}"; }
                elsif servermetadataexists ["/private/comment", "/shared/admin"] { fileinto "Junk"; }
                elsif servermetadata "/shared/admin" "mailto:postmaster@mail.martlet.test" { fileinto "Trash"; }
                """
            )
            #expect(await room.deliver() == ["stored Trash"])
            try await room.annotate("/private/comment", "anything", of: nil)
            #expect(await room.deliver() == ["stored Junk"])
            try await room.annotate("/private/vendor/x/target", "to Archive", of: "Sent")
            #expect(await room.deliver() == ["stored Junk"])
            try await room.annotate("/private/vendor/x/target", "to Archive", of: "INBOX")
            #expect(await room.deliver() == ["stored Archive"])
            try await room.annotate("/private/vendor/x/target", nil, of: "INBOX")
            #expect(await room.deliver() == ["stored Junk"])
            try await room.setScript(
                """
                require ["fileinto", "mboxmetadata", "servermetadata"];
                if anyof (metadata "No/Such" "/private/comment" "", metadataexists "INBOX" "/private/none",
                    servermetadataexists "/comment", metadata "" "/private/comment" "anything") { fileinto "Trash"; }
                """
            )
            #expect(await room.deliver() == ["stored INBOX"])
        }
    }
}
