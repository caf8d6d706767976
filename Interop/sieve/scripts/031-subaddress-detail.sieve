# to: alice+lists@martlet.test
require ["envelope", "subaddress", "fileinto", "variables", "mailbox"];
if envelope :detail :matches "to" "*" {
    set :lower :upperfirst "folder" "${1}";
    fileinto :create "${folder}";
}
