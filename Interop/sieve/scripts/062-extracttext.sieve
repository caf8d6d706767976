require ["mime", "foreverypart", "extracttext", "variables", "fileinto"];
foreverypart {
    if header :mime :contenttype "Content-Type" "text/plain" {
        extracttext :first 40 "text";
        break;
    }
}
if string :contains "${text}" ["the", "you"] { fileinto "Words"; }
