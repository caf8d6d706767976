require ["envelope", "subaddress", "fileinto"];
if envelope :detail :is "to" "" { fileinto "EmptyDetail"; }
elsif envelope :user :is "to" "alice" { fileinto "User"; }
