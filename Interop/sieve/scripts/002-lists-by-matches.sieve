# The list's name out of List-Id becomes the folder.
require ["fileinto", "variables", "mailbox"];
if header :matches "List-Id" "*<*.*>*" {
    fileinto :create "Lists/${2}";
    stop;
}
keep;
