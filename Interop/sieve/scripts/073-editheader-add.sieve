# execute
require ["editheader", "fileinto"];
addheader "X-Sorted" "yes";
addheader :last "X-Last" "end";
if header :contains "List-Id" "." { fileinto "Archive"; }
