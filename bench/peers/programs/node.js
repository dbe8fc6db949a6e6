// SPDX-FileCopyrightText: 2026 The runnel authors
// SPDX-License-Identifier: BSL-1.0

// spawnSync of Node.js; serve.hpp describes the protocol.
'use strict';

const { spawnSync } = require('node:child_process');
const readline = require('node:readline');

const [program, , , ...words] = process.argv.slice(2);

function run(options) {
    const child = spawnSync(program, words, options);
    if (child.error)
        throw child.error;
    if (child.status !== 0)
        throw new Error('it failed');
    return child;
}

function spawn() {
    run({ stdio: 'ignore' });
}

function read(bytes) {
    if (run({ maxBuffer: Infinity }).stdout.length !== bytes)
        throw new Error('it wrote another number of bytes');
}

const tasks = { spawn, read };

function timeOf(count, task) {
    task(); // bring the code back into the caches
    const begin = process.hrtime.bigint();
    for (let i = 0; i < count; ++i)
        task();
    return process.hrtime.bigint() - begin;
}

function answer(line) {
    const [name, ...numbers] = line.split(' ');
    const count = Number(numbers.pop());
    return timeOf(count, () => tasks[name](...numbers.map(Number)));
}

function answerOrTrouble(line) {
    try {
        return String(answer(line));
    } catch (error) { // the benchmark tells the reader
        return String(error).split('\n')[0];
    }
}

const lines = readline.createInterface({ input: process.stdin });
lines.on('line', line => console.log(answerOrTrouble(line)));
