# execute
require ["editheader", "fileinto", "mailbox", "variables"];
addheader "X-Test" "one";
addheader "X-Test" "two";
if header :matches "X-Test" "*" { fileinto :create "${1}"; }
deleteheader :index 2 :last "X-Test";
