import Foundation
import Testing

@Suite("numbers that commands take", .serialized)
struct CommandNumbersTests {
    @Test("a limit below what makes sense is refused, and changes nothing")
    func refused() throws {
        try withProgram { program in
            for command in [
                ["account", "list", "--limit=0"], ["alias", "list", "--limit=-1"], ["queue", "list", "--limit=-1"],
                ["account", "quota", "alice@scenario.test", "1G", "--messages=-3"],
                ["account", "add", "carol@scenario.test", "--locked", "--quota-messages=-5"],
            ] {
                let (status, output) = try program.run(command)
                #expect(status == 64 && output.contains("is invalid for"), "\(command): \(output)")
            }
            #expect(try program.martlet("account", "show", "alice@scenario.test").contains("quota     none\n"))
            #expect(!(try program.martlet("account", "list").contains("carol")))
        }
    }

    @Test("a list that is cut short says so, and on its error output, so that programs can read it")
    func cutShort() throws {
        try withProgram { program in
            for name in ["one", "two", "three"] {
                try program.martlet("alias", "add", "\(name)@scenario.test", "alice@scenario.test")
            }
            for (list, limit) in [("account", "1"), ("alias", "2")] {
                for form in [[], ["--json"]] {
                    let command = [list, "list", "--limit", limit] + form
                    #expect(try program.run(command).output.contains("There are more"), "\(command)")
                }
                #expect(!(try program.run([list, "list", "--limit", "3"]).output.contains("There are more")))
            }
        }
    }
}
