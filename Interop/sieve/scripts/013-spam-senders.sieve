require "fileinto";
if anyof (address :matches :localpart "From" ["*[0-9]*", "offers*"],
          address :domain :matches "From" ["*hotmail.com", "*yahoo.com", "*.ru", "*.cn"],
          header :matches "From" "\"*\"*<>*") { fileinto "Suspicious"; }
