import Foundation
import Testing

@Suite("store check where no server runs", .serialized)
struct StoreCheckTests {
    @Test("it tells what a crash has left, and leaves it to the next start", .timeLimit(.minutes(10)))
    func leftovers() throws {
        try withProgram { program in
            let folder = "\(program.home)/data/mail/mail0.bodies/00"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            // Named as a file of 2020.
            let stray = "\(folder)/0000000000000"
            try Data("stray".utf8).write(to: URL(filePath: stray))
            for _ in 0..<2 {
                let (status, output) = try program.run(["store", "check"])
                #expect(status == 0 && output.contains("mail0: fileWithoutRow"), "\(status): \(output)")
                #expect(FileManager.default.fileExists(atPath: stray))
            }
            try program.start()
            #expect(!FileManager.default.fileExists(atPath: stray))
            #expect(try program.martlet("store", "check") == "Everything agrees.\n")
        }
    }

    @Test("where there is no mail system, none is made", .timeLimit(.minutes(10)))
    func nothing() throws {
        try withProgram { program in
            try FileManager.default.removeItem(atPath: "\(program.home)/data")
            let (status, output) = try program.run(["store", "check"])
            #expect(status != 0 && output.contains("there is nothing to look at"), "\(output)")
            #expect(!FileManager.default.fileExists(atPath: "\(program.home)/data"))
        }
    }
}
