//! The guide's chapter shows this code, and no other.

/// Without what only a document or an indentation has.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn each_block_of_the_guide_is_code_that_is_tested_here() {
    let guide = include_str!("../../../backoff-runtime/src/guide/other_queues.rs");
    let code = words(concat!(include_str!("../src/sqs.rs"), include_str!("../src/mongo.rs")));
    let lines = guide.lines().map(|line| line.trim_start_matches("//!").trim_start());
    let text = lines.collect::<Vec<_>>().join("\n");
    let blocks: Vec<_> =
        text.split("```rust,ignore\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(blocks.len(), 4);
    for block in blocks {
        assert!(code.contains(&words(block)), "not the example's code:\n{block}");
    }
}
