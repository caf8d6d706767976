require ["envelope", "fileinto"];
if allof (envelope :domain "from" "sender.example", envelope :localpart "to" "alice") { fileinto "Both"; }
if envelope :all :matches ["from", "to"] "*@*.test" { fileinto "Test"; }
